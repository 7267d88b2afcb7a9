"""The rings of samples in the database."""

from __future__ import annotations

import statistics

import pytest

from domains.core import reads, writes
from domains.core.host import host_name
from domains.core.models import HostSample, Tier
from domains.core.rules import METRICS

pytestmark = pytest.mark.django_db
START = 1_800_000_000  # a full quarter of an hour


def measure(seconds: range, host: str = "h", value: int = 1) -> dict[int, float]:
    """One sample each tick, cpu being a number that wanders; what was written, by time."""
    written, before = {}, None
    for at in seconds:
        cpu = float((at // 2 * 37 * value) % 101)
        assert writes.record(host=host, at=at + 0.3, sample={"cpu": cpu, "swap": None}, before=before)
        written[at], before = cpu, at + 0.3
    return written


def rows(tier: Tier) -> dict[int, dict[str, object]]:
    return dict(HostSample.objects.filter(host="h", tier=tier).values_list("ts", "payload"))


def test_the_ring_keeps_an_hour_and_never_grows_beyond() -> None:
    measure(range(START, START + 3600 + 240, 2))

    assert sorted(rows(Tier.RAW)) == list(range(START + 240, START + 3600 + 240, 2))
    assert HostSample.objects.filter(tier=Tier.RAW).count() == 1800


def test_roll_ups_equal_a_plain_model() -> None:
    written = measure(range(START, START + 16 * 60 + 2, 2))

    minutes = rows(Tier.MINUTE)
    assert sorted(minutes) == list(range(START, START + 16 * 60, 60))
    for minute, payload in minutes.items():
        known = [cpu for at, cpu in written.items() if minute <= at < minute + 60]
        assert payload["cpu"] == pytest.approx([min(known), statistics.fmean(known), max(known), 30])
        assert payload["swap"] is None
    quarter = [cpu for at, cpu in written.items() if at < START + 900]
    assert rows(Tier.QUARTER)[START]["cpu"] == pytest.approx(
        [min(quarter), statistics.fmean(quarter), max(quarter), 450]
    )


def test_minutes_missed_by_a_sampler_that_died_are_rolled_up_by_the_next() -> None:
    measure(range(START, START + 50, 2))

    measure(range(START + 300, START + 302, 2))

    assert list(rows(Tier.MINUTE)) == [START]
    assert rows(Tier.MINUTE)[START]["cpu"][3] == 25  # type: ignore[index]


def test_the_last_minute_of_a_sampler_that_died_long_ago_is_not_lost() -> None:
    measure(range(START, START + 90, 2))

    measure(range(START + 7200, START + 7262, 2))

    assert sorted(rows(Tier.MINUTE)) == [START, START + 60, START + 7200]


def test_a_clock_that_was_set_back_does_not_stop_the_roll_ups() -> None:
    measure(range(START + 7200, START + 7262, 2))

    measure(range(START + 1800, START + 1862, 2))

    assert START + 1800 in rows(Tier.MINUTE)


def test_rolling_up_twice_changes_nothing() -> None:
    measure(range(START, START + 122, 2))
    before = rows(Tier.MINUTE), rows(Tier.QUARTER)

    measure(range(START + 120, START + 122, 2))

    assert (rows(Tier.MINUTE), rows(Tier.QUARTER)) == before


def test_hosts_do_not_mix() -> None:
    measure(range(START, START + 62, 2), host="h")
    measure(range(START, START + 62, 2), host="other", value=3)

    assert HostSample.objects.filter(ts=START, tier=Tier.MINUTE).count() == 2


def test_a_sample_of_one_who_lost_the_lock_is_refused() -> None:
    assert writes.take_lock(host="h", owner="new")

    assert not writes.record(host="h", at=START, sample={"cpu": 1.0}, owner="old")
    assert not HostSample.objects.exists()


def test_series_show_means_peaks_and_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domains.core.reads.time.time", lambda: START + 3600.0)
    measure(range(START + 3000, START + 3300, 2), host=host_name())
    measure(range(START + 3500, START + 3602, 2), host=host_name())

    found = reads.series("hour")

    assert set(found.values) == set(METRICS)
    assert found.times == sorted(found.times)
    by_time = dict(zip(found.times, found.values["cpu"], strict=True))
    assert by_time[START + 3000] is not None
    assert by_time[START + 3300] is None
    assert by_time[START + 3490] is None
    assert all(
        peak is None or mean is None or peak >= mean
        for mean, peak in zip(found.values["cpu"], found.peaks["cpu"], strict=True)
    )


def test_series_of_a_host_never_measured_are_one_gap() -> None:
    found = reads.series("month")

    assert found.values["cpu"] == [None, None]
    assert found.times[1] - found.times[0] >= 29 * 86400
