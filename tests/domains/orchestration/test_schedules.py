"""Schedules start what is due, once, and never stand in each other's way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import Schedule as QueueSchedule

from domains.extensions import registry as extensions
from domains.orchestration import points
from domains.orchestration.handlers import ensure_rows
from domains.orchestration.models import Run, Schedule
from domains.orchestration.schedules import start_due
from domains.orchestration.tasks import run_queued, tick
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import run_code

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def only_own_schedules(db: None) -> None:
    """Without those of the extensions."""
    Schedule.objects.all().delete()


def hours_ago(count: int) -> datetime:
    """The full hour, as many hours before the present one; a moment of the full hour is not risked."""
    return timezone.now().replace(minute=0, second=0, microsecond=0) - count * HOUR


def schedule(name: str = "hourly", **values: object) -> Schedule:
    """One that is due: at each full hour, the first time three hours ago."""
    defaults = {"cron": "0 * * * *", "orchestrator": "drill", "method": "program", "next_run": hours_ago(3)}
    return Schedule.objects.create(name=name, args={"program": [{"name": name}]}, **{**defaults, **values})


def slots() -> list[str]:
    """The times for which runs were started."""
    return [key.split("@")[1] for key in Run.objects.order_by("id").values_list("key", flat=True)]


def named(*moments: datetime) -> list[str]:
    """As they stand in keys."""
    return [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments]


def test_a_due_schedule_starts_its_run_once() -> None:
    row = schedule(queue="bulk", priority=7)
    assert start_due() == 1
    assert start_due() == 0
    row.refresh_from_db()
    run = Run.objects.get()
    assert run.key == f"hourly@{named(hours_ago(0))[0]}"
    assert (run.actor_name, run.queue, run.priority) == ("schedule", "bulk", 7)
    assert (row.last_run, row.last_slot) == (run, hours_ago(0))
    assert row.next_run is not None
    assert row.next_run > timezone.now()
    run_queued()
    assert effects() == ["hourly"]


def test_an_interval_counts_from_the_same_moment_for_everybody() -> None:
    row = schedule("often", cron="", interval_s=1800, next_run=hours_ago(1))
    start_due()
    row.refresh_from_db()
    assert row.next_run is not None
    assert row.next_run.timestamp() % 1800 == 0
    assert 0 < (row.next_run - timezone.now()).total_seconds() <= 1800


def test_one_that_is_not_due_or_paused_waits() -> None:
    schedule("later", next_run=timezone.now() + timedelta(minutes=1))
    schedule("paused", paused=True)
    assert start_due() == 0


@pytest.mark.parametrize(
    ("catch_up", "expected"),
    [("latest", [0]), ("all", [3, 2, 1, 0])],
)
def test_times_that_were_missed_are_made_up_for_as_the_policy_says(catch_up: str, expected: list[int]) -> None:
    schedule(catch_up=catch_up, overlap="allow")
    assert start_due() == len(expected)
    assert slots() == named(*(hours_ago(count) for count in expected))
    assert start_due() == 0


def test_without_catching_up_only_a_time_of_this_moment_is_started() -> None:
    missed = timezone.now() - timedelta(hours=2, minutes=5)
    row = schedule(catch_up="none", cron=f"{missed.minute} {missed.hour} * * *", next_run=missed)
    assert start_due() == 0
    row.refresh_from_db()
    assert row.next_run is not None
    assert row.next_run > timezone.now()
    just_now = timezone.now().replace(second=0, microsecond=0)
    schedule("prompt", catch_up="none", cron="* * * * *", next_run=just_now)
    assert start_due() == 1


def test_the_window_bounds_what_is_made_up_for() -> None:
    window = int((timezone.now() - hours_ago(1)).total_seconds()) + 60
    schedule(catch_up="all", overlap="allow", catch_up_window_s=window)
    assert start_due() == 2
    assert slots() == named(hours_ago(1), hours_ago(0))


def test_a_hundred_are_made_up_for_at_a_time_and_the_others_stay_due() -> None:
    now = timezone.now().replace(second=0, microsecond=0)
    schedule(catch_up="all", overlap="allow", cron="* * * * *", next_run=now - timedelta(minutes=130))
    assert start_due() == 100
    assert start_due() in (31, 32)
    assert len(set(slots())) == Run.objects.count()


@pytest.mark.parametrize(
    "bad",
    [{"cron": "sometimes"}, {"orchestrator": "nothing"}, {"method": "nothing"}, {"time_zone": "Mars/Base"}],
    ids=["cron", "orchestrator", "method", "zone"],
)
def test_a_bad_schedule_says_why_and_the_others_start(bad: dict[str, str]) -> None:
    row = schedule("a bad one", **bad)
    schedule("good")
    tick()
    assert [run.key.split("@")[0] for run in Run.objects.all()] == ["good"]
    row.refresh_from_db()
    assert row.last_error
    assert row.last_run is None
    tick()
    assert Run.objects.count() == 1


class TestOverlap:
    """The run before is still active when the next time comes."""

    def come(self, name: str = "hourly") -> None:
        """Its next time is the full hour that has just passed, and nothing before was started."""
        Schedule.objects.filter(name=name).update(next_run=hours_ago(0), last_slot=None)

    def test_skip_leaves_the_time_out(self) -> None:
        row = schedule(overlap="skip", next_run=hours_ago(0))
        start_due()
        self.come()
        assert start_due() == 0
        row.refresh_from_db()
        assert "Skipped" in row.last_error
        assert row.next_run is not None
        assert row.next_run > timezone.now()
        run_queued()
        self.come()
        assert start_due() == 1

    def test_allow_starts_another_beside_it(self) -> None:
        schedule(overlap="allow", next_run=hours_ago(2), catch_up="all")
        assert start_due() == 3
        assert Run.objects.filter(state="queued").count() == 3

    def test_queue_starts_one_more_as_soon_as_it_is_over(self) -> None:
        row = schedule(overlap="queue", cron="* * * * *", catch_up="none", next_run=timezone.now())
        Schedule.objects.update(next_run=timezone.now().replace(second=0, microsecond=0))
        assert start_due() == 1
        late = timezone.now() - timedelta(minutes=30)
        Run.objects.update(created=late - timedelta(minutes=10), started=late)
        Schedule.objects.update(next_run=late.replace(second=0, microsecond=0), last_slot=None)
        assert start_due() == 0
        row.refresh_from_db()
        assert row.next_run is not None
        assert row.next_run < timezone.now()
        run_queued()
        Run.objects.update(ended=late + timedelta(minutes=10))
        Run.objects.update(key="")
        Schedule.objects.update(catch_up_window_s=0)
        assert start_due() == 1
        assert start_due() == 0

    def test_queue_makes_up_for_all_of_them_one_after_another(self) -> None:
        schedule(overlap="queue", catch_up="all")
        started = []
        for _ in range(6):
            started.append(start_due())
            assert start_due() == 0
            run_queued()
        assert started == [1, 1, 1, 1, 0, 0]
        assert slots() == named(*(hours_ago(count) for count in (3, 2, 1, 0)))

    def test_cancel_ends_the_one_before_first(self) -> None:
        schedule(overlap="cancel", next_run=hours_ago(0))
        start_due()
        self.come()
        assert start_due() == 1
        assert sorted(Run.objects.values_list("state", flat=True)) == ["cancelled", "queued"]

    def test_cancel_waits_for_a_run_that_must_turn_back(self) -> None:
        schedule(overlap="cancel", next_run=hours_ago(0))
        start_due()
        Run.objects.update(state="running", started=timezone.now(), lease_until=timezone.now() + HOUR, attempt=1)
        self.come()
        assert start_due() == 0
        assert Run.objects.get().cancel_requested
        assert start_due() == 0
        Run.objects.update(state="queued", attempt=0, lease_until=None, key="")
        run_queued()
        assert start_due() == 1
        assert sorted(Run.objects.values_list("state", flat=True)) == ["cancelled", "queued"]


class TestClock:
    """The machine's clock jumps."""

    @contextmanager
    def at(self, monkeypatch: pytest.MonkeyPatch, moment: datetime) -> Iterator[None]:
        """The scheduler believes that it is then."""
        with monkeypatch.context() as patch:
            patch.setattr("domains.orchestration.schedules.timezone.now", lambda: moment)
            yield

    @pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
    def test_a_jump_of_an_hour_and_back_starts_each_time_once(
        self, monkeypatch: pytest.MonkeyPatch, catch_up: str
    ) -> None:
        start = hours_ago(0) + 24 * HOUR
        schedule(catch_up=catch_up, overlap="allow", next_run=start, cron="*/10 * * * *")
        minutes = [*range(20), *range(80, 90), *range(20, 90)]
        for minute in minutes:
            with self.at(monkeypatch, start + timedelta(minutes=minute, seconds=5)):
                start_due()
        assert len(slots()) == len(set(slots()))
        expected = named(*(start + timedelta(minutes=minute) for minute in (0, 10, 80)))
        assert set(expected) <= set(slots())
        if catch_up == "all":
            assert slots() == named(*(start + timedelta(minutes=minute) for minute in range(0, 90, 10)))

    def test_a_time_that_comes_again_after_a_pause_is_not_started_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        start = hours_ago(0) + 24 * HOUR
        row = schedule(next_run=start)
        with self.at(monkeypatch, start + timedelta(seconds=5)):
            assert start_due() == 1
        run_queued()
        Schedule.objects.filter(pk=row.pk).update(next_run=start)
        with self.at(monkeypatch, start + timedelta(seconds=5)):
            assert start_due() == 0
        row.refresh_from_db()
        assert row.next_run == start + HOUR


@pytest.mark.django_db(transaction=True)
def test_ticks_at_the_same_time_start_each_time_once() -> None:
    schedule(overlap="allow", catch_up="all")
    barrier = Barrier(4)

    def go(number: int) -> int:
        try:
            barrier.wait()
            return start_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(go, range(4))) == 4
    assert slots() == named(*(hours_ago(count) for count in (3, 2, 1, 0)))


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_between_the_start_and_the_next_time_starts_nothing_twice() -> None:
    schedule()
    code = (
        "import os\n"
        "from domains.orchestration import points\n"
        "from domains.orchestration.schedules import start_due\n"
        "from tests.domains.orchestration.drill import registered\n"
        "points.arm(lambda point: os._exit(9) if point == 'schedule.started' else None)\n"
        "with registered(): start_due()\n"
    )
    assert run_code(code).returncode == 9
    assert not Run.objects.exists()
    assert start_due() == 1
    assert slots() == named(hours_ago(0))


def test_the_point_between_start_and_next_time_is_reached() -> None:
    reached: list[str] = []
    points.arm(reached.append)
    try:
        schedule()
        start_due()
    finally:
        points.arm(None)
    assert "schedule.started" in reached


def test_the_rows_are_ensured_once_and_changes_of_people_are_kept() -> None:
    QueueSchedule.objects.all().delete()
    ensure_rows()
    Schedule.objects.update(cron="1 1 1 1 *", paused=True, built_in=False)
    ensure_rows()
    assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted(s.name for s in extensions.schedules())
    assert set(Schedule.objects.values_list("cron", "paused", "built_in")) == {("1 1 1 1 *", True, True)}
    row = QueueSchedule.objects.get(name="vault.tick")
    assert (row.func, row.minutes, row.repeats) == ("domains.orchestration.tasks.tick", 1, -1)
    schedule("own")
    ensure_rows()
    assert not Schedule.objects.get(name="own").built_in
