"""What has ended long ago is deleted: in batches, never out of a living family, and not at all with 0."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from django_q.models import Task
from pytest_django.fixtures import Settings

from domains.orchestration import orchestrator, retention
from domains.orchestration.models import Run, RunLog, Schedule, Step
from domains.orchestration.retention import delete_old
from tests.domains.orchestration.processes import run_code

pytestmark = pytest.mark.django_db
OLD = timezone.now() - timedelta(days=91)
FRESH = timezone.now() - timedelta(days=89)


def ended(at: datetime | None = OLD, state: str = "success", **values: object) -> Run:
    """A run with a step and a line of log."""
    values = {"orchestrator": "drill", "method": "program", "plan": {}, "state": state, "ended": at} | values
    run = Run.objects.create(**values)
    Step.objects.create(run=run, seq=0, phase="fwd", name="a", kind="db", state="done", started=OLD)
    RunLog.objects.create(run=run, seq=0, at=OLD, line="a")
    return run


def test_old_runs_go_with_their_steps_and_log_and_others_stay() -> None:
    old, fresh, active = ended(), ended(FRESH), ended(None, "queued")
    for state in ("exited", "rolled_back", "rollback_failed", "cancelled", "dead", "blocked"):
        ended(state=state)
    schedule = Schedule.objects.create(name="s", orchestrator="drill", method="program", last_run=old)
    again = ended(FRESH, again_of=old)
    assert delete_old() == 7
    assert set(Run.objects.all()) == {fresh, active, again}
    assert Step.objects.count() == RunLog.objects.count() == 3
    schedule.refresh_from_db()
    assert schedule.last_run is None


def test_zero_days_keep_everything(settings: Settings) -> None:
    settings.RUN_RETENTION_DAYS = 0
    ended()
    assert delete_old() == 0
    assert Run.objects.count() == 1


def test_nothing_of_a_family_goes_while_one_of_it_is_active() -> None:
    parent = ended(None, "waiting", waits_for="children")
    child = ended(parent=parent)
    ended(parent=child)
    other = ended()
    ended(None, "running", parent=other, lease_until=timezone.now())
    assert delete_old() == 0
    Run.objects.filter(pk=parent.pk).update(state="success", ended=OLD)
    assert delete_old() == 1
    assert delete_old() == 1
    assert delete_old() == 1
    assert Run.objects.count() == 2


def test_it_deletes_in_batches_and_the_next_tick_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    for _ in range(8):
        ended()
    assert [delete_old(), delete_old(), delete_old()] == [6, 2, 0]
    assert not Step.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_killed_half_way_what_is_deleted_is_whole_and_the_next_one_goes_on() -> None:
    for _ in range(5):
        ended()
    code = (
        "import os\n"
        "from domains.orchestration import retention\n"
        "from domains.orchestration.service.retention import OldRunService, OldLogService\n"
        "retention.BATCH = 2\n"
        "delete, calls = OldLogService.bulk_delete, []\n"
        "def die_in_the_second(self, **conditions):\n"
        "    calls.append(1)\n"
        "    return os._exit(9) if len(calls) == 2 else delete(self, **conditions)\n"
        "OldLogService.bulk_delete = die_in_the_second\n"
        "retention.delete_old()\n"
    )
    assert run_code(code).returncode == 9
    assert Run.objects.count() == Step.objects.count() == RunLog.objects.count() == 3
    assert delete_old() == 3


def test_failed_tasks_of_the_queue_go_too() -> None:
    for stopped in (OLD, FRESH):
        Task.objects.create(id=uuid4().hex, name="t", func="f", started=stopped, stopped=stopped, success=False)
    assert delete_old() == 1
    assert Task.objects.get().stopped == FRESH


@pytest.mark.on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_an_old_run_that_somebody_resumes_at_the_same_moment_is_kept() -> None:
    dead, other = ended(state="dead"), ended()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        orchestrator.resume_run(dead.uuid)
        assert pool.submit(elsewhere).result(timeout=60) == 1, "it waits for nobody, and takes what is left"
    assert Run.objects.get().pk == dead.pk != other.pk
    assert Run.objects.get().state == "queued"
    assert Step.objects.count() == RunLog.objects.count() == 1


def elsewhere() -> int:
    """Delete what is old by a connection of its own."""
    try:
        return delete_old()
    finally:
        connection.close()
