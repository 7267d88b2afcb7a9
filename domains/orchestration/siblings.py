"""The children of one run among each other: counting off, turns, and stopping them together.

Every function works in the transaction that is open: that of a child's end, or that of whoever steers. A family is
locked from the top down, so whoever ends a run calls `hold` before the run's own row is changed.
"""

from __future__ import annotations

from domains.orchestration.exceptions import PlanMismatch
from domains.orchestration.models import Run
from domains.orchestration.plan import Plan
from domains.orchestration.service import runs
from domains.orchestration.service.families import DONE
from domains.orchestration.states import Phase, RunState, WaitsFor
from domains.orchestration.wakeups import announce

PARENT_STOPPED = "Cancelled, since its parent run turned back."
SIBLING_FAILED = "Cancelled, since another child of its parent has failed."


def hold(run: Run) -> None:
    """Lock the family of a run that is about to end, before its own row is changed; nothing for a run without one."""
    if run.parent_id is not None:
        runs.hold(run.parent_id)


def settle(run: Run) -> None:
    """Count off a run that has ended, in the transaction that has written its final state.

    The next sibling has its turn; if the run has failed and its parent does not collect failures, its siblings are
    stopped; when none is left, the parent is queued. Nothing happens for a run without a parent.
    """
    if run.parent_id is None:
        return
    parent = runs.hold(run.parent_id)
    if parent is None or parent.waits_for != WaitsFor.CHILDREN or parent.state != RunState.WAITING:
        return
    failed = parent.direction == Phase.FORWARD and runs.state_of(run.pk) not in DONE
    if failed and not collects(parent, run.parent_seq):
        stop_children(parent.pk, SIBLING_FAILED)
        pending = 0
    else:
        if run.waits_for != WaitsFor.TURN:
            _give_turn(parent)
        pending = max(parent.pending_children - 1, 0)
    _await(parent, pending or runs.unfinished_children(parent.pk))


def stop(run: Run, reason: str = PARENT_STOPPED) -> bool:
    """Stop the children of a run that waits for them, in this transaction; whether it still has to wait.

    Children that nobody has begun end at once, the others turn back at their next step, dead and blocked ones too.
    When none is left the run itself is queued.
    """
    parent = runs.hold(run.pk)
    if parent is None or parent.waits_for != WaitsFor.CHILDREN or parent.state != RunState.WAITING:
        return False
    stop_children(parent.pk, reason)
    pending = runs.unfinished_children(parent.pk)
    _await(parent, pending)
    return pending > 0


def stop_children(pk: int, reason: str) -> None:
    """Stop every child of the run `pk` that has not ended, dead and blocked ones too, and theirs first."""
    runs.cancel_unstarted_children(pk, {"code": "cancelled", "message": reason, "retryable": False})
    runs.flag_children(pk)
    for child in runs.waiting_children(pk):
        if child.waits_for == WaitsFor.CHILDREN:
            stop(child, PARENT_STOPPED)
        elif runs.queue_waiting(child.pk):
            announce(child)
    for child in runs.stuck_children(pk):
        if runs.queue_again(child, attempt=0, ended=None, cancel_requested=True, key=free_key(child)):
            announce(child)


def free_key(run: Run) -> str:
    """The key of a run that becomes active again; "" if another has taken it meanwhile."""
    return "" if runs.active_with_key(run.orchestrator, run.key) else run.key


def collects(parent: Run, seq: int | None) -> bool:
    """Whether the parent's step goes on when children of it have failed; a plan that nobody understands is left be."""
    try:
        return seq is not None and Plan.from_json(parent.plan).steps[seq].collect
    except PlanMismatch:
        return True


def _give_turn(parent: Run) -> None:
    following = runs.next_turn(parent.pk)
    if following and runs.queue_waiting(following.pk):
        announce(following)


def _await(parent: Run, pending: int) -> None:
    if pending:
        runs.expect_children(parent.pk, pending)
    elif runs.queue_waiting(parent.pk):
        announce(parent)
