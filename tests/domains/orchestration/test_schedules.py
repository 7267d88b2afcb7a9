"""Schedules start what is due, once, and never stand in each other's way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import Schedule as QueueSchedule

from domains.audit.reads import event_list
from domains.base.errors import ValidationFailed
from domains.extensions import registry as extensions
from domains.orchestration import orchestrator
from domains.orchestration.handlers import ensure_rows
from domains.orchestration.models import Run, Schedule
from domains.orchestration.schedules import next_time, start_due
from domains.orchestration.tasks import run_queued, tick
from tests.domains.orchestration.drill import effects

SLOT = datetime(2020, 2, 28, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def only_own_schedules(db: None) -> None:
    """Without those of the extensions."""
    Schedule.objects.all().delete()


def schedule(name: str = "nightly", **values: object) -> Schedule:
    """One that is due."""
    defaults = {"cron": "0 3 * * *", "orchestrator": "drill", "method": "program", "next_run": SLOT}
    return Schedule.objects.create(name=name, args={"program": [{"name": name}]}, **{**defaults, **values})


def test_a_due_schedule_starts_its_run_once() -> None:
    row = schedule()
    assert start_due() == 1
    assert start_due() == 0
    row.refresh_from_db()
    run = Run.objects.get()
    assert run.key == "nightly@2020-02-28T03:00:00Z"
    assert run.actor_name == "schedule"
    assert row.last_run == run
    assert row.next_run is not None
    assert row.next_run > timezone.now()
    run_queued()
    assert effects() == ["nightly"]


def test_times_missed_while_nothing_ran_count_once() -> None:
    schedule(next_run=SLOT - timedelta(days=30))
    assert start_due() == 1
    assert Run.objects.count() == 1


def test_one_that_is_not_due_or_paused_waits() -> None:
    schedule("later", next_run=timezone.now() + timedelta(minutes=1))
    schedule("paused", paused=True)
    assert start_due() == 0


@pytest.mark.parametrize(
    "bad",
    [{"cron": "sometimes"}, {"orchestrator": "nothing"}, {"method": "nothing"}, {"cron": "0 0 30 2 *"}],
    ids=["cron", "orchestrator", "method", "never"],
)
def test_a_bad_schedule_says_why_and_the_others_start(bad: dict[str, str]) -> None:
    row = schedule("a bad one", **bad)
    schedule("good")
    tick()
    assert [run.key.split("@")[0] for run in Run.objects.all()] == ["good"]
    row.refresh_from_db()
    assert row.last_error
    assert row.last_run is None


def test_a_run_that_is_not_over_is_not_started_again() -> None:
    row = schedule()
    start_due()
    Schedule.objects.update(next_run=SLOT + timedelta(days=1), cron="* * * * *")
    assert start_due() == 0
    row.refresh_from_db()
    assert "Skipped" in row.last_error
    run_queued()
    Schedule.objects.update(next_run=SLOT + timedelta(days=2))
    assert start_due() == 1


@pytest.mark.django_db(transaction=True)
def test_ticks_at_the_same_time_start_it_once() -> None:
    schedule()
    barrier = Barrier(4)

    def go(number: int) -> int:
        try:
            barrier.wait()
            return start_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(go, range(4))) == 1
    assert Run.objects.count() == 1


def test_the_rows_are_ensured_once_and_changes_of_people_are_kept() -> None:
    QueueSchedule.objects.all().delete()
    ensure_rows()
    Schedule.objects.update(cron="1 1 1 1 *", paused=True)
    ensure_rows()
    assert sorted(Schedule.objects.values_list("name", flat=True)) == sorted(s.name for s in extensions.schedules())
    assert set(Schedule.objects.values_list("cron", "paused")) == {("1 1 1 1 *", True)}
    row = QueueSchedule.objects.get(name="vault.tick")
    assert (row.func, row.minutes, row.repeats) == ("domains.orchestration.tasks.tick", 1, -1)


def test_pausing_running_now_and_going_on_are_recorded() -> None:
    row = schedule()
    orchestrator.pause_schedule(row.uuid, paused=True)
    orchestrator.pause_schedule(row.uuid, paused=True)
    assert start_due() == 0
    info = orchestrator.run_schedule(row.uuid)
    run_queued()
    resumed = orchestrator.pause_schedule(row.uuid, paused=False)
    assert resumed.next_run is not None
    assert resumed.next_run > timezone.now()
    assert effects() == ["nightly"]
    assert Run.objects.get().uuid == info.uuid
    recorded = event_list().filter(object_type="orchestration.schedule").order_by("id")
    assert [event.action.rsplit(".", 1)[1] for event in recorded] == ["paused", "started", "unpaused"]


def test_cron_is_in_utc() -> None:
    after = datetime(2026, 11, 21, 4, 30, tzinfo=UTC).astimezone(timezone.get_fixed_timezone(120))
    assert next_time("0 3 * * *", after) == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    with pytest.raises(ValidationFailed):
        next_time("nonsense", after)
