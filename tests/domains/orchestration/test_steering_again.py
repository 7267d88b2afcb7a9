"""Going on with runs that wait, are stuck, or could not be undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domains.audit.reads import event_list
from domains.base.errors import Conflict
from domains.orchestration import orchestrator
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run, Step
from domains.orchestration.service import runs
from domains.orchestration.start import start
from domains.orchestration.states import RunState
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import child_states, family_registered, parent_run
from tests.domains.orchestration.steering_drill import steered_registered

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def steered() -> Iterator[None]:
    """Register the drills of this file beside the drill."""
    with steered_registered(), family_registered():
        yield


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A file; what waits for its removal fails while it is there."""
    file = tmp_path / "broken"
    file.touch()
    return file


def begin(*steps: dict[str, Any], attempts: int = 1, **values: Any) -> Run:
    """Start these steps and carry them out as far as they go."""
    info = start("steered", "steps", steps=steps, attempts=attempts, **values)
    run_queued()
    return Run.objects.get(uuid=info.uuid)


def make_stuck(run: Run, state: str = "dead", **values: Any) -> None:
    """What the reaper makes of a run that keeps killing its workers."""
    error = {"code": state, "message": "The run was given up.", "retryable": True}
    Run.objects.filter(pk=run.pk).update(state=state, attempt=5, error=error, ended=run.created, **values)


def test_a_step_that_waits_for_its_next_attempt_is_tried_at_once(broken: Path) -> None:
    run = begin({"name": "a"}, {"name": "b", "while_": str(broken)}, attempts=3)
    assert (run.state, run.waits_for, run.retry_at is not None) == ("waiting", "retry", True)
    broken.unlink()
    run = orchestrator.retry_step(run.uuid)
    assert (run.state, run.waits_for, run.retry_at) == ("queued", "", None)
    assert run_queued() == 1
    run.refresh_from_db()
    assert run.state == "success"
    assert effects() == ["a", "b"]
    assert Step.objects.get(seq=1).attempt == 2
    event = event_list().get(action="orchestration.run.step_retried")
    assert (event.before, event.after) == ({"state": "waiting"}, {"state": "queued"})


def test_attempts_made_at_once_count_too(broken: Path) -> None:
    run = begin({"name": "a", "while_": str(broken)}, attempts=2)
    orchestrator.retry_step(run.uuid)
    run_queued()
    run.refresh_from_db()
    assert (run.state, Step.objects.get().attempt) == ("rolled_back", 2)


@pytest.mark.parametrize("state", [state for state in RunState.values if state != "waiting"])
def test_only_a_step_that_waits_for_its_next_attempt_is_tried_at_once(state: str) -> None:
    info = start("steered", "steps", steps=[{"name": "a"}])
    Run.objects.update(state=state)
    with pytest.raises(Conflict, match="No step of the run waits"):
        orchestrator.retry_step(info.uuid)
    assert Run.objects.get().state == state
    assert not event_list().filter(action="orchestration.run.step_retried").exists()


def test_a_run_that_waits_for_its_children_has_no_step_to_try() -> None:
    info = start("steered", "steps", steps=[{"name": "a"}])
    Run.objects.update(state="waiting", waits_for="children")
    with pytest.raises(Conflict):
        orchestrator.retry_step(info.uuid)


def test_a_run_that_waits_for_its_next_attempt_turns_back_when_it_is_cancelled(broken: Path) -> None:
    run = begin({"name": "a"}, {"name": "b", "while_": str(broken)}, attempts=3)
    run = orchestrator.cancel_run(run.uuid)
    assert (run.state, run.cancel_requested) == ("queued", True)
    run_queued()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert effects() == ["a", "-a"]


def test_a_worker_that_has_read_a_run_before_it_was_cancelled_does_not_take_it_as_it_was() -> None:
    run = Run.objects.get(uuid=start("steered", "steps", steps=[{"name": "a"}]).uuid)
    Run.objects.update(started=run.created)
    read_before = Run.objects.get()
    orchestrator.cancel_run(run.uuid)
    assert not runs.claim(read_before, "a worker")
    run_queued()
    assert Run.objects.get().state == "cancelled"
    assert effects() == []


def undoing(broken: Path) -> Run:
    """A run of which one rollback of three has failed, and that has a step which has never run."""
    run = begin(
        {"name": "a"},
        {"name": "b", "undo_while": str(broken)},
        {"name": "c"},
        {"name": "d", "while_": str(broken)},
        {"name": "e"},
    )
    assert run.state == "rollback_failed"
    assert effects() == ["a", "b", "c", "-c", "-a"]
    return run


def test_a_failed_rollback_is_repeated_and_no_other(broken: Path) -> None:
    run = undoing(broken)
    broken.unlink()
    again = orchestrator.retry_rollback(run.uuid)
    assert (again.state, again.ended, again.direction, again.cursor) == ("queued", None, "back", 1)
    assert run_queued() == 1
    run.refresh_from_db()
    assert run.state == "rolled_back"
    assert run.ended is not None
    assert effects() == ["a", "b", "c", "-c", "-a", "-b"]
    assert run.error is not None
    assert run.error["message"] == "d does not go."
    with pytest.raises(Conflict, match="this one is rolled back"):
        orchestrator.retry_rollback(run.uuid)


def test_a_rollback_that_fails_once_more_can_be_repeated_once_more(broken: Path) -> None:
    run = undoing(broken)
    orchestrator.retry_rollback(run.uuid)
    run_queued()
    run.refresh_from_db()
    assert run.state == "rollback_failed"
    broken.unlink()
    orchestrator.retry_rollback(run.uuid)
    run_queued()
    run.refresh_from_db()
    assert run.state == "rolled_back"
    assert effects()[-1] == "-b"


def test_a_cancelled_run_whose_rollback_is_repeated_ends_as_cancelled(broken: Path) -> None:
    run = undoing(broken)
    Run.objects.update(error={"code": "cancelled", "message": "The run was cancelled.", "retryable": False})
    broken.unlink()
    orchestrator.retry_rollback(run.uuid)
    run_queued()
    run.refresh_from_db()
    assert run.state == "cancelled"


@pytest.mark.parametrize("act", ["resume_run", "retry_rollback", "cancel_run"])
def test_a_run_does_not_go_on_beside_another_of_its_key(act: str) -> None:
    run = begin({"name": "a"}, key="k")
    if act == "retry_rollback":
        Run.objects.update(state="rollback_failed")
    else:
        make_stuck(run)
    other = start("steered", "steps", steps=[], key="k")
    with pytest.raises(Conflict, match="same key"):
        getattr(orchestrator, act)(run.uuid)
    run_queued()
    assert Run.objects.get(uuid=other.uuid).state == "success"
    assert getattr(orchestrator, act)(run.uuid).state == "queued"


@pytest.mark.parametrize("state", ["dead", "blocked"])
def test_a_stuck_run_turns_back_when_it_is_cancelled(state: str, broken: Path) -> None:
    run = begin({"name": "a"}, {"name": "b", "while_": str(broken)}, attempts=3)
    make_stuck(run, state, waits_for="", retry_at=None)
    asked = orchestrator.cancel_run(run.uuid)
    assert (asked.state, asked.attempt, asked.cancel_requested, asked.error) == ("queued", 0, True, None)
    assert run_queued() == 1
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert effects() == ["a", "-a"]
    event = event_list().get(action="orchestration.run.cancelled")
    assert event.before == {"state": state, "cancel_requested": False}


def test_a_run_that_died_while_it_rolled_back_still_knows_why(broken: Path) -> None:
    run = begin({"name": "a"}, {"name": "b", "while_": str(broken)})
    make_stuck(run, direction="back", cursor=0)
    Step.objects.filter(phase="back").delete()
    resumed = orchestrator.resume_run(run.uuid)
    assert (resumed.state, resumed.attempt, resumed.ended) == ("queued", 0, None)
    run_queued()
    run.refresh_from_db()
    assert run.state == "rolled_back"
    assert run.error is not None
    assert run.error["message"] == "b does not go."


def test_a_run_that_died_after_it_was_cancelled_ends_as_cancelled() -> None:
    run = begin({"name": "a"}, {"name": "b"})
    make_stuck(run, direction="back", cursor=0, cancel_requested=True)
    orchestrator.resume_run(run.uuid)
    run_queued()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert effects() == ["a", "b", "-a"]


def test_cancelling_what_already_rolls_back_changes_no_direction() -> None:
    run = begin({"name": "a"}, {"name": "b"})
    Run.objects.update(state="rolling_back", direction="back", ended=None, error={"code": "upstream_failed"})
    asked = orchestrator.cancel_run(run.uuid)
    assert (asked.state, asked.direction, asked.cancel_requested) == ("rolling_back", "back", True)
    assert asked.error == {"code": "upstream_failed"}


def have_children() -> Run:
    """A parent that waits for three children, of which two go on at a time."""
    start("family", "parent", children=[[{"name": name}, {"name": f"{name}2"}] for name in "xyz"], limit=2)
    carry_out(parent_run().pk)
    return parent_run()


def test_cancelling_a_parent_stops_its_children_first() -> None:
    parent = have_children()
    assert child_states() == ["queued", "queued", "turn"]
    child = Run.objects.filter(parent=parent).order_by("id")[0]
    runs.claim(child, "a worker")
    asked = orchestrator.cancel_run(parent.uuid)
    assert (asked.state, asked.waits_for, asked.pending_children) == ("waiting", "children", 1)
    assert child_states() == ["running", "cancelled", "cancelled"]
    assert Run.objects.get(pk=child.pk).cancel_requested
    Run.objects.filter(pk=child.pk).update(state="queued")
    run_queued()
    parent.refresh_from_db()
    assert parent.state == "cancelled"
    assert child_states() == ["cancelled"] * 3
    assert effects() == ["before", "have", "-have", "-before"]


def test_cancelling_a_parent_of_which_no_child_has_begun_lets_it_turn_back_at_once() -> None:
    parent = have_children()
    asked = orchestrator.cancel_run(parent.uuid)
    assert (asked.state, asked.cancel_requested) == ("queued", True)
    run_queued()
    parent.refresh_from_db()
    assert parent.state == "cancelled"
    assert len(event_list().filter(action="orchestration.run.cancelled")) == 1


def test_cancelling_a_child_that_has_not_begun_is_seen_by_its_parent() -> None:
    parent = have_children()
    child = Run.objects.filter(parent=parent).order_by("id")[0]
    assert orchestrator.cancel_run(child.uuid).state == "cancelled"
    run_queued()
    parent.refresh_from_db()
    assert parent.state == "rolled_back"
    assert parent.error is not None
    assert parent.error["code"] == "child_failed"
