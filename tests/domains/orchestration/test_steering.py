"""Cancelling, running again, resuming."""

from __future__ import annotations

from pathlib import Path

import pytest

from domains.audit.reads import event_list
from domains.base.ambient import ambient
from domains.base.errors import Conflict, NotFound
from domains.orchestration import orchestrator
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run, Step
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    """What was recorded about runs, after their start."""
    events = event_list().filter(object_type="orchestration.run").exclude(action="orchestration.run.started")
    return list(events.values_list("action", flat=True))


def test_a_queued_run_is_cancelled_at_once() -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    with ambient(actor_name="maria"):
        run = orchestrator.cancel_run(info.uuid)
    assert run.state == "cancelled"
    assert run.ended is not None
    assert run.error is not None
    assert "maria" in run.error["message"]
    assert run_queued() == 0
    assert effects() == []
    assert actions() == ["orchestration.run.cancelled"]


@pytest.mark.parametrize("external", [False, True])
def test_a_running_run_stops_at_the_next_step_and_rolls_back(external: bool, tmp_path: object) -> None:
    file = f"{tmp_path}/traces" if external else ""
    middle = {"name": "b", "does": "cancel", "external": external, "file": file}
    start("drill", "program", program=[{"name": "a"}, middle, {"name": "c"}])
    run_queued()
    run = Run.objects.get()
    assert run.state == "cancelled"
    assert run.error is not None
    assert run.error["code"] == "cancelled"
    assert effects() == (["a", "-a"] if external else ["a", "b", "-b", "-a"])


def test_an_external_step_that_is_not_called_any_more_has_not_begun(tmp_path: Path) -> None:
    after = {"name": "b", "external": True, "file": str(tmp_path / "t"), "rollback_self": True}
    start("drill", "program", program=[{"name": "a", "does": "cancel"}, after])
    run_queued()
    assert Run.objects.get().state == "cancelled"
    assert list(Step.objects.values_list("seq", "phase")) == [(0, "fwd"), (0, "back")]
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(("itself", "undone"), [(True, ["-b"]), (False, [])])
def test_cancelling_undoes_an_external_step_in_which_a_worker_died(
    tmp_path: Path, itself: bool, undone: list[str]
) -> None:
    died = {"name": "b", "external": True, "file": str(tmp_path / "t"), "rollback_self": itself}
    start("drill", "program", program=[{"name": "a"}, died, {"name": "c"}])
    (tmp_path / "t").write_text("b\n")
    run = Run.objects.get()
    runs.claim(run, "a worker that died")
    run.steps.create(seq=0, phase="fwd", name="x", kind="db", state="done", started=run.created, ended=run.created)
    run.steps.create(seq=1, phase="fwd", name="x", kind="external", state="started", started=run.created)
    Run.objects.update(cursor=1, lease_until=run.created)
    orchestrator.cancel_run(run.uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert (tmp_path / "t").read_text().split() == ["b", *undone]
    assert effects() == ["-a"]
    assert Step.objects.get(run=run, seq=1, phase="fwd").state == "failed"


def test_cancelling_during_the_last_step_undoes_that_step_too() -> None:
    info = start("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "cancel"}])
    run_queued()
    assert Run.objects.get().state == "cancelled"
    assert effects() == ["a", "b", "-b", "-a"]
    with pytest.raises(Conflict, match="has ended"):
        orchestrator.cancel_run(info.uuid)


def test_cancelling_twice_is_recorded_once() -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    Run.objects.update(state="running")
    orchestrator.cancel_run(info.uuid)
    assert orchestrator.cancel_run(info.uuid).cancel_requested
    assert actions() == ["orchestration.run.cancelled"]


def test_a_run_that_has_ended_cannot_be_cancelled() -> None:
    info = run_now("drill", "program", program=[])
    with pytest.raises(Conflict, match="ended"):
        orchestrator.cancel_run(info.uuid)
    assert actions() == []


def test_running_again_starts_a_new_run_with_the_same_arguments() -> None:
    info = start("drill", "program", program=[{"name": "a"}], application="nexus", key="k")
    run_queued()
    with ambient(actor_name="jonas"):
        again = orchestrator.run_again(info.uuid)
    run_queued()
    run = Run.objects.get(uuid=again.uuid)
    assert again.uuid != info.uuid
    assert (run.state, run.application, run.actor_name, run.key) == ("success", "nexus", "jonas", "k")
    assert run.again_of is not None
    assert run.again_of.uuid == info.uuid
    assert effects() == ["a", "a"]


def test_only_a_run_that_has_ended_can_be_run_again() -> None:
    info = start("drill", "program", program=[])
    with pytest.raises(Conflict, match="wait"):
        orchestrator.run_again(info.uuid)
    Run.objects.update(state="dead")
    with pytest.raises(Conflict, match="resume"):
        orchestrator.run_again(info.uuid)


def test_only_a_stuck_run_can_be_resumed() -> None:
    info = run_now("drill", "program", program=[])
    with pytest.raises(Conflict, match="this one is done"):
        orchestrator.resume_run(info.uuid)


def test_an_unknown_run_is_not_found() -> None:
    unknown = "12345678-1234-5678-1234-567812345678"
    for act in (orchestrator.cancel_run, orchestrator.resume_run, orchestrator.run_again):
        with pytest.raises(NotFound):
            act(unknown)
