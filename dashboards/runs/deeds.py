"""What can be asked of a run: which button stands on its page, for whom, in which state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domains.orchestration import orchestrator, reads
from domains.permissions.access import Access, permission

CANCEL_RUN = permission("orchestration.cancel_run")
RETRY_RUN = permission("orchestration.retry_run")
AGAIN = "again"


@dataclass(frozen=True, slots=True)
class Deed:
    """`fits(run)` tells whether it is possible now; `do(uuid)` asks for it; `said` is the sentence afterwards. `after`
    says how many of them have been done, of many.
    """

    name: str
    label: str
    icon: str
    access: Access
    fits: Callable[[Any], bool]
    do: Callable[[Any], Any]
    said: str
    after: str
    tone: str = ""


def _can_cancel(run: Any) -> bool:
    turning = run.cancel_requested and run.is_active
    return (run.is_active or run.is_stuck) and not turning and run.direction == "fwd"


DEEDS = (
    Deed(
        "cancel",
        "Cancel",
        "x",
        CANCEL_RUN,
        _can_cancel,
        orchestrator.cancel_run,
        "It stops before its next step, then undoes what it did.",
        "Cancelling",
        "danger",
    ),
    Deed(
        "resume",
        "Resume",
        "play",
        RETRY_RUN,
        lambda run: run.is_stuck,
        orchestrator.resume_run,
        "It goes on where it stopped.",
        "Resumed",
        "primary",
    ),
    Deed(
        "retry_step",
        "Retry step now",
        "rotate-ccw",
        RETRY_RUN,
        lambda run: run.state == "waiting" and run.waits_for == "retry" and not run.cancel_requested,
        orchestrator.retry_step,
        "The step is tried again now.",
        "Steps tried again",
        "primary",
    ),
    Deed(
        "retry_rollback",
        "Retry rollback",
        "undo-2",
        RETRY_RUN,
        lambda run: run.state == "rollback_failed",
        orchestrator.retry_rollback,
        "The rollbacks that failed are tried again.",
        "Rollbacks tried again",
        "primary",
    ),
    Deed(
        AGAIN,
        "Run again",
        "rotate-ccw",
        RETRY_RUN,
        lambda run: run.is_finished,
        orchestrator.run_again,
        "This is a new run like the one before.",
        "Started again",
    ),
)
BY_NAME = {deed.name: deed for deed in DEEDS}
MENDING = tuple(BY_NAME[name] for name in ("resume", "retry_step", "retry_rollback", "again"))


def deeds_for(run: Any, user: Any) -> list[Deed]:
    """What this person can ask of the run now."""
    fitting = [deed for deed in DEEDS if deed.fits(run) and deed.access.allows(user)]
    may_start = reads.may_start(user, run.orchestrator, run.method)
    return [deed for deed in fitting if may_start or deed.name != AGAIN]


def mending(run: Any) -> Deed | None:
    """How a run that did not succeed is tried again, as fits its state; None when it succeeded or is under way."""
    if run.state in ("success", "exited"):
        return None
    return next((deed for deed in MENDING if deed.fits(run)), None)
