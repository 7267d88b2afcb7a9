"""Steering runs: each change is one commit with its audit event.

It is done at once rather than by a run: a run that cancels another would itself wait in the queue. A family of runs is
locked from the top down, as its own ends do, so that nobody blocks anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from domains.audit.writes import record_event
from domains.base.ambient import current
from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration import siblings
from domains.orchestration.calls import check_allowed
from domains.orchestration.exceptions import ContextError
from domains.orchestration.failures import failure
from domains.orchestration.inline import RunInfo
from domains.orchestration.models import Run
from domains.orchestration.service import rollbacks, runs
from domains.orchestration.start import start_again
from domains.orchestration.states import Phase, RunState, WaitsFor
from domains.orchestration.wakeups import announce

CANCELLED = "cancelled"
FRESH: dict[str, Any] = {"attempt": 0, "ended": None, "traceback": ""}
"""What a run forgets that goes on after it had stopped for good."""


def cancel_run(uuid: UUID | str) -> Run:
    """Stop the run before its next step and roll back what it has done, its children first.

    One that nobody has begun ends at once; a dead or blocked one turns back. Asking twice is the same as asking once,
    and asking a run that already rolls back changes nothing. Raises Conflict when the run has ended.
    """
    with _one_active():
        run = _locked(uuid)
        if run.is_finished:
            raise Conflict("The run has ended, so there is nothing to cancel.")
        if run.cancel_requested and run.is_active:
            return run
        _cancel(run)
        return _recorded(run, "cancelled")


def resume_run(uuid: UUID | str) -> Run:
    """Let a dead or blocked run go on where it stopped. Raises Conflict when it is neither."""
    with _one_active():
        run = _locked(uuid)
        if not run.is_stuck:
            raise Conflict(f"Only a dead or blocked run can be resumed; this one is {_state(run)}.")
        _queue(run, **FRESH, error=_cause(run))
        return _recorded(run, "resumed")


def retry_step(uuid: UUID | str) -> Run:
    """Make the next attempt of a step now instead of at its time. Raises Conflict when the run does not wait for it."""
    with atomic_write():
        run = _locked(uuid)
        if run.state != RunState.WAITING or run.waits_for != WaitsFor.RETRY:
            advice = (
                "Resume it instead." if run.is_stuck else "Only a step that waits for its next attempt is tried now."
            )
            raise Conflict(f"No step of the run waits for its next attempt: it is {_state(run)}. {advice}")
        _queue(run)
        return _recorded(run, "step_retried")


def retry_rollback(uuid: UUID | str) -> Run:
    """Repeat the rollbacks that have failed, and no others. Raises Conflict unless the run's rollback has failed."""
    with _one_active():
        run = _locked(uuid)
        if run.state != RunState.ROLLBACK_FAILED:
            raise Conflict(f"Only a run whose rollback has failed can repeat it; this one is {_state(run)}.")
        last = rollbacks.try_again(run.pk)
        if last is None and (child := runs.failed_child_rollback(run.pk)):
            raise Conflict(f"The rollback that has failed is that of the child run {child.uuid}. Repeat it there.")
        _queue(run, **FRESH, direction=Phase.BACK, cursor=-1 if last is None else last)
        return _recorded(run, "rollback_retried")


def run_again(uuid: UUID | str) -> RunInfo:
    """Start a new run like this one, by the current actor.

    Raises Conflict unless it has ended for good and its arguments can still be had, PermissionDenied for what whoever
    asks may not start, and NotPrepared when the code of today fails to stage it.
    """
    run = runs.get(uuid=uuid)
    check_allowed(run.orchestrator, run.method)
    if not run.is_finished:
        advice = "resume it instead" if run.is_stuck else "wait for its end"
        raise Conflict(f"Only a run that has ended can be run again; {advice}.")
    try:
        return start_again(run)
    except ContextError as error:
        words = failure(error, "Reading them")["message"]
        raise Conflict(f"It cannot be run again with the same arguments. {words}") from error


def _cancel(run: Run) -> None:
    """End a run that nobody has begun; ask one that has begun to turn back, its children first."""
    message = f"Cancelled by {current().actor_name} before it began."
    if runs.end_unbegun(run, {"code": CANCELLED, "message": message, "retryable": False}):
        siblings.settle(run)
    elif run.is_stuck:
        _queue(run, **FRESH, error=_cause(run), cancel_requested=True)
    elif run.state in (RunState.QUEUED, RunState.WAITING) and run.waits_for != WaitsFor.CHILDREN:
        # The epoch goes up, so that no worker takes the run as it was read before.
        _queue(run, cancel_requested=True)
    else:
        runs.request_cancel(run.pk)
        if run.direction == Phase.FORWARD:
            siblings.stop(run)


def _queue(run: Run, **values: Any) -> None:
    if not runs.queue_again(run, **values):
        raise Conflict("The run has just changed. Look at it again.")
    announce(run)


def _cause(run: Run) -> dict[str, Any] | None:
    """Why a run that goes on is rolling back; None when it goes forward. What stopped it has hidden that."""
    if run.direction == Phase.FORWARD:
        return None
    cancelled = {"code": CANCELLED, "message": "The run was cancelled.", "retryable": False}
    return rollbacks.cause(run.pk) or (cancelled if run.cancel_requested else None)


def _locked(uuid: UUID | str) -> Run:
    """The run, that nobody changes before the end of this transaction. Raises NotFound."""
    run = runs.get(uuid=uuid)
    if run.parent_id:
        runs.hold(run.parent_id)
    return runs.hold(run.pk) or runs.get(uuid=uuid)


@contextmanager
def _one_active() -> Iterator[None]:
    """One transaction. Raises Conflict when it makes a second run of one orchestrator and key active."""
    try:
        with atomic_write():
            yield
    except IntegrityError as error:
        words = "Another run of this orchestrator with the same key is active. Wait for its end, or cancel it."
        raise Conflict(words) from error


def _state(run: Run) -> str:
    return run.get_state_display().lower()


def _recorded(run: Run, what: str) -> Run:
    """The run as it is now, after an event that says what has changed since it was read."""
    now = runs.get(pk=run.pk)
    changed = [name for name in ("state", "cancel_requested", "direction") if getattr(run, name) != getattr(now, name)]
    record_event(
        f"orchestration.run.{what}",
        object_type="orchestration.run",
        object_id=run.uuid,
        object_name=run.name,
        before={name: _plain(getattr(run, name)) for name in changed},
        after={name: _plain(getattr(now, name)) for name in changed},
        application=run.application,
    )
    return now


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)
