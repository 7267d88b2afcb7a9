"""I10: whether a run ended as the model predicts, and as its own context says."""

from __future__ import annotations

from collections.abc import Iterator

from domains.orchestration.models import Run
from domains.orchestration.states import FINISHED
from tests.faults.model import Outcome, predict

CODES = {
    "MemoryError": "internal_error",
    "ZeroDivisionError": "internal_error",
    "UpstreamFailed": "upstream_failed",
    "ChildFailed": "child_failed",
}
TURNED_BACK = ("rolled_back", "rollback_failed", "cancelled")


def check_end(run: Run) -> Iterator[str]:
    """A sentence for each difference."""
    if run.state not in FINISHED or "program" not in run.args:
        return
    if (run.result, run.result_status) != (run.context.get("result"), run.context.get("result_status")):
        yield f"its result is {run.result}, {run.result_status}, in its context {run.context}"
    code = (run.error or {}).get("code", "")
    if run.ended is None or run.lease_until is not None:
        yield f"it is {run.state}, ended {run.ended}, with a lease until {run.lease_until}"
    outcome = predict(run.args["program"])
    if outcome.open and run.state in ("rolled_back", "rollback_failed"):
        outcome.state = run.state
    if code == "cancelled" or (run.direction == "back" and _was_turned_back(run)):
        yield from _stopped(run, outcome)
        return
    wanted = (outcome.state, outcome.status, outcome.result, _code(outcome))
    found = (run.state, run.result_status, run.result, code)
    if found != wanted:
        yield f"it ended as {found}, the model says {wanted}; program {run.args['program']}"
    elif (run.context.get("seen", []), run.context.get("undone", [])) != (outcome.seen, outcome.undone):
        yield f"its context is {run.context}, the model saw {outcome.seen} and undid {outcome.undone}"


def _was_turned_back(run: Run) -> bool:
    """Whether its parent has undone it, or stopped it when another child failed."""
    return run.parent is not None and run.parent.direction == "back"


def _stopped(run: Run, outcome: Outcome) -> Iterator[str]:
    if run.state not in TURNED_BACK:
        yield f"it was turned back and is {run.state}"
    steps = run.args["program"] + [s for own in run.args["program"] for child in own.get("children", ()) for s in child]
    if run.state == "rollback_failed" and not any(step.get("undo") == "fail" for step in steps):
        yield "a rollback failed that should not"
    if run.context.get("seen", []) != outcome.seen[: len(run.context.get("seen", []))]:
        yield f"it saw {run.context.get('seen')}, the model {outcome.seen}"


def _code(outcome: Outcome) -> str:
    if outcome.state in ("success", "exited"):
        return ""
    return CODES.get(outcome.raised) or f"status_{outcome.status}"
