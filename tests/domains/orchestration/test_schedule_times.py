"""The times of a schedule: cron by the wall clock of its zone, whatever the clock does, and intervals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from domains.base.errors import ValidationFailed
from domains.orchestration.schedules import next_time, upcoming, validate

BERLIN = ZoneInfo("Europe/Berlin")
GOOD = {"name": "nightly", "cron": "0 3 * * *", "orchestrator": "drill", "method": "program", "args": {"program": []}}


def berlin(cron: str, first: datetime, count: int) -> list[str]:
    """The wall clock, with its offset from UTC, at each of the next times."""
    values = {"cron": cron, "time_zone": "Europe/Berlin"}
    return [f"{moment.astimezone(BERLIN):%d %H:%M%z}" for moment in upcoming(values, count, after=first)]


def test_cron_is_in_utc_unless_a_zone_is_named() -> None:
    after = datetime(2026, 11, 21, 4, 30, tzinfo=UTC).astimezone(timezone.get_fixed_timezone(120))
    assert next_time({"cron": "0 3 * * *"}, after) == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def test_cron_follows_the_wall_clock_over_the_change_of_offset() -> None:
    before = datetime(2026, 3, 27, 12, tzinfo=BERLIN)
    assert berlin("0 6 * * *", before, 3) == ["28 06:00+0100", "29 06:00+0200", "30 06:00+0200"]


def test_a_time_in_the_skipped_hour_comes_right_after_it_and_once() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=BERLIN)
    assert berlin("30 2 * * *", before, 2) == ["29 03:00+0200", "30 02:30+0200"]
    assert berlin("0,30 2 * * *", before, 3) == ["29 03:00+0200", "30 02:00+0200", "30 02:30+0200"]


def test_a_time_in_the_doubled_hour_comes_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=BERLIN)
    assert berlin("30 2 * * *", before, 2) == ["25 02:30+0200", "26 02:30+0100"]
    second_time = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN)
    assert berlin("30 2 * * *", second_time, 1) == ["26 02:30+0100"]


@pytest.mark.parametrize("cron", ["*/30 * * * *", "0 * * * *"])
@pytest.mark.parametrize("day", [datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 10, 25, tzinfo=BERLIN)])
def test_what_comes_each_hour_follows_the_time_that_passes(cron: str, day: datetime) -> None:
    found = upcoming({"cron": cron, "time_zone": "Europe/Berlin"}, 12, after=day)
    assert len({later - earlier for earlier, later in pairwise(found)}) == 1


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "15 1,2,3 * * *", "*/7 * * * *", "0 */5 * * *", "59 23 L * *"])
def test_times_always_go_forward(zone: str, cron: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(300):
        following = next_time({"cron": cron, "time_zone": zone}, moment)
        assert following > moment
        assert following.utcoffset() == timedelta()
        moment = following


def test_intervals_fall_on_the_same_moments_whenever_they_are_asked_for() -> None:
    values = {"interval_s": 5400}
    first = datetime(2026, 3, 29, 0, 0, 1, tzinfo=UTC)
    found = upcoming(values, 3, after=first)
    assert found == [datetime(2026, 3, 29, hour, minute, tzinfo=UTC) for hour, minute in ((1, 30), (3, 0), (4, 30))]
    assert upcoming(values, 3, after=found[0] - timedelta(microseconds=1)) == found


def test_what_can_be_a_schedule_is_one() -> None:
    validate(GOOD)
    validate({**GOOD, "cron": "", "interval_s": 60, "time_zone": "Asia/Tokyo", "queue": "bulk", "priority": -3})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 101}),
        ("cron", {"cron": "now and then"}),
        ("cron", {"cron": "0 0 30 2 *"}),
        ("cron", {"cron": "* * * * * *"}),
        ("cron", {"cron": ""}),
        ("cron", {"interval_s": 60}),
        ("interval_s", {"cron": "", "interval_s": 59}),
        ("interval_s", {"cron": "", "interval_s": True}),
        ("interval_s", {"cron": "", "interval_s": "60"}),
        ("time_zone", {"time_zone": "Mars/Base"}),
        ("orchestrator", {"orchestrator": "nothing"}),
        ("method", {"method": "nothing"}),
        ("method", {"method": "__init__"}),
        ("method", {"method": ""}),
        ("args", {"args": ["program"]}),
        ("args", {"args": {}}),
        ("args", {"args": {"program": [], "more": 1}}),
        ("args", {"args": {"program": [], "queue": "bulk"}}),
        ("queue", {"queue": "fast"}),
        ("overlap", {"overlap": "sometimes"}),
        ("catch_up", {"catch_up": None}),
        ("priority", {"priority": 40_000}),
        ("catch_up_window_s", {"catch_up_window_s": -1}),
        ("application", {"application": "x" * 65}),
    ],
)
def test_what_cannot_be_a_schedule_names_the_field(field: str, values: dict[str, object]) -> None:
    with pytest.raises(ValidationFailed) as caught:
        validate({**GOOD, **values})
    assert list(caught.value.fields) == [field]
    assert all(caught.value.fields[field])


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ValidationFailed) as caught:
        validate({"cron": "", "interval_s": None, "queue": "fast"})
    assert set(caught.value.fields) == {"name", "cron", "orchestrator", "queue"}
