"""Workers die; their runs go on where they stopped, and nothing happens twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from domains.orchestration import orchestrator
from domains.orchestration.carry_out import carry_out
from domains.orchestration.durable import DurableJournal
from domains.orchestration.exceptions import Fenced
from domains.orchestration.execution import Execution
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.plan import Plan
from domains.orchestration.service import runs
from domains.orchestration.service.claims import MAX_CLAIMS
from domains.orchestration.start import start
from domains.orchestration.tasks import tick
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import orm_queue, wake_elsewhere

SIGKILLED = -9


def queued(*program: dict[str, Any]) -> Run:
    """A run of the program that waits for a worker."""
    start("drill", "program", program=list(program))
    return Run.objects.get()


def expire(run: Run) -> None:
    """As if the lease had run out."""
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_a_run_resumes_at_the_database_step_in_which_its_worker_was_killed(tmp_path: Path) -> None:
    run = queued({"name": "a"}, {"name": "b", "does": f"die once {tmp_path / 'died'}"}, {"name": "c"})
    assert wake_elsewhere(run.pk) == SIGKILLED
    run.refresh_from_db()
    assert (run.state, run.cursor, run.attempt) == ("running", 1, 1)
    assert effects() == ["a"]
    carry_out(run.pk)
    assert effects() == ["a"], "a run whose lease holds must not be taken"
    expire(run)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cursor, run.attempt, run.epoch) == ("success", 3, 1, 2)
    assert effects() == ["a", "b", "c"]
    assert run.context["seen"] == ["a", "b", "c"]


@pytest.mark.django_db(transaction=True)
def test_an_external_step_is_called_again_with_the_same_key(tmp_path: Path) -> None:
    traces = tmp_path / "traces"
    died = f"die once {tmp_path / 'died'}"
    run = queued({"name": "a"}, {"name": "b", "external": True, "file": str(traces), "does": died}, {"name": "c"})
    assert wake_elsewhere(run.pk) == SIGKILLED
    assert Step.objects.get(run=run, seq=1).state == "started"
    expire(run)
    carry_out(run.pk)
    assert traces.read_text().splitlines() == [f"b {run.uuid}:1"] * 2
    assert effects() == ["a", "c"]
    step = Step.objects.get(run=run, seq=1)
    assert (step.state, step.attempt) == ("done", 2)


@pytest.mark.django_db(transaction=True)
def test_a_rollback_goes_on_where_its_worker_was_killed(tmp_path: Path) -> None:
    run = queued(
        {"name": "a"},
        {"name": "b", "undo": f"die once {tmp_path / 'died'}"},
        {"name": "c"},
        {"name": "d", "does": "upstream"},
    )
    assert wake_elsewhere(run.pk) == SIGKILLED
    run.refresh_from_db()
    assert (run.state, run.direction, run.cursor) == ("rolling_back", "back", 1)
    assert effects() == ["a", "b", "c", "-c"]
    expire(run)
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "rolled_back"
    assert effects() == ["a", "b", "c", "-c", "-b", "-a"]
    assert run.error is not None
    assert run.error["code"] == "upstream_failed"


@orm_queue
@pytest.mark.django_db
def test_the_tick_wakes_workers_for_runs_whose_lease_ran_out() -> None:
    run = queued({"name": "a"})
    runs.claim(run, "a worker that died")
    OrmQ.objects.all().delete()
    tick()
    assert OrmQ.objects.count() == 0
    expire(run)
    tick()
    assert [message.task["args"] for message in OrmQ.objects.all()] == [("high", "default", "bulk")]


@orm_queue
@pytest.mark.django_db
def test_the_tick_announces_a_queued_run_again_whose_message_was_lost() -> None:
    queued({"name": "a"})
    OrmQ.objects.all().delete()
    tick()
    assert OrmQ.objects.count() == 0
    Run.objects.update(woken=timezone.now() - timedelta(seconds=61))
    tick()
    tick()
    assert [message.task["args"] for message in OrmQ.objects.all()] == [("high", "default", "bulk")]


@pytest.mark.django_db
def test_a_run_that_keeps_killing_workers_is_given_up_and_can_be_resumed() -> None:
    run = queued({"name": "a"})
    for _ in range(MAX_CLAIMS):
        run.refresh_from_db()
        assert runs.claim(run, "a worker that dies")
        expire(run)
    run.refresh_from_db()
    assert not runs.claim(run, "one too many")
    tick()
    run.refresh_from_db()
    assert run.state == "dead"
    assert run.error is not None
    assert "5 times" in run.error["message"]
    orchestrator.resume_run(run.uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("success", None)
    assert effects() == ["a"]


@pytest.mark.django_db
def test_a_worker_that_was_replaced_commits_nothing_more() -> None:
    run = queued({"name": "a"}, {"name": "b"})
    runs.claim(run, "slow")
    slow = Run.objects.get()
    expire(run)
    assert runs.claim(Run.objects.get(), "fast")
    main = MainOrchestrator("drill", plan=Plan.from_json(slow.plan), context=slow.context)
    with pytest.raises(Fenced):
        Execution(main, DurableJournal(slow)).run()
    assert effects() == []
    assert not Step.objects.exists()
    run.refresh_from_db()
    assert (run.lease_owner, run.cursor) == ("fast", 0)


@pytest.mark.django_db
def test_two_wake_ups_of_one_run_do_its_work_once() -> None:
    run = queued({"name": "a"})
    carry_out(run.pk)
    carry_out(run.pk)
    carry_out(run.pk + 1000)
    assert effects() == ["a"]


@pytest.mark.django_db
def test_a_step_that_the_code_no_longer_has_blocks_the_run_and_changes_nothing() -> None:
    run = queued({"name": "a"}, {"name": "b"})
    good = run.plan
    renamed = {**good["steps"][1], "forward": "tests.domains.orchestration.drill.act_as_it_was"}
    Run.objects.update(plan={**good, "steps": [good["steps"][0], renamed]})
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cursor) == ("blocked", 1)
    assert run.error is not None
    assert "act_as_it_was" in run.error["message"]
    Run.objects.update(plan=good)
    orchestrator.resume_run(run.uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "success"
    assert effects() == ["a", "b"]


@orm_queue
@pytest.mark.django_db
def test_a_run_is_handed_back_when_its_time_is_up_and_not_counted_against_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domains.orchestration.carry_out.SLICE_S", -1.0)
    run = queued({"name": "a"})
    OrmQ.objects.all().delete()
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_owner) == ("queued", 0, "")
    assert OrmQ.objects.count() == 1
