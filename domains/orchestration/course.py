"""Where one run is and where it goes: every move is a commit of its journal first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import structlog

from domains.orchestration import stopping
from domains.orchestration.children import Family
from domains.orchestration.exceptions import Interrupted
from domains.orchestration.failures import is_expected, trace
from domains.orchestration.journal import Entry, Journal
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.plan import PlannedStep
from domains.orchestration.service import runs
from domains.orchestration.states import Phase, RunState, StepState
from domains.orchestration.values import RESULT, STATUS
from domains.orchestration.wakeups import announce

CANCELLED, DEADLINE = "cancelled", "deadline"
LOOK_EVERY_S = 0.1
ASK_EVERY_S = 1.0
"""Seconds after which a step that waits asks the database whether its run was cancelled."""
NOW = timedelta(0)
log = structlog.get_logger(__name__)


class Course:
    """One run on its way. `is_over` when it has ended, or when this worker has let it go; `state` is then its state.

    `attempt` counts the calls of the step at the cursor, `error` says why the run turns back, `exception` is what the
    failing step has raised here. `may_leave`: the run may be given back before its end, since a worker carries it out.
    """

    def __init__(self, main: MainOrchestrator, journal: Journal, *, may_leave: bool = False) -> None:
        run = journal.run
        self.main, self.journal, self.run = main, journal, run
        self.family = main.family = Family(main, run)
        self.cursor: int = run.cursor
        self.direction = Phase(run.direction)
        self.error: dict[str, Any] | None = run.error
        self.exception: Exception | None = None
        self.attempt = journal.found.attempt if journal.found else 0
        self.may_leave = may_leave
        self.is_over = False
        self.state = RunState(run.state)
        main.reporter, main.waiting = journal, self.hold_on

    @property
    def step(self) -> PlannedStep:
        """The step at the cursor."""
        return self.main.plan.steps[self.cursor]

    @property
    def has_ended(self) -> bool:
        """Whether the run itself is over, not only this worker's part in it."""
        return self.is_over and self.state not in (RunState.QUEUED, RunState.WAITING)

    @property
    def left_s(self) -> float | None:
        """Seconds until the run's deadline; None without one."""
        deadline = self.run.deadline
        return None if deadline is None else (deadline - datetime.now(UTC)).total_seconds()

    def why_stop(self) -> dict[str, Any] | None:
        """The reason for which the run must turn back before its next step."""
        if self.journal.cancelled:
            return {"code": CANCELLED, "message": "The run was cancelled.", "retryable": False}
        if self.run.deadline is not None and datetime.now(UTC) >= self.run.deadline:
            return {"code": DEADLINE, "message": "The run's time was over before it was done.", "retryable": False}
        return None

    def entry(self, phase: Phase = Phase.FORWARD, **values: Any) -> Entry:
        """A call of the step at the cursor, from now on."""
        return Entry(self.cursor, phase, self.step, datetime.now(UTC), **values)

    def done(self, entry: Entry, *, exits: bool) -> None:
        """Write that the step at the cursor is done; the last one, or one that exits, ends the run with it."""
        steps, following = self.main.plan.steps, self.cursor + 1
        changes: dict[str, Any] = self.move(following)
        if entry.delta:
            changes["context"] = self.main.values.stored
        if entry.attempt > 1:
            changes["retry_at"] = None
        if exits or following == len(steps):
            changes |= self._ending(RunState.EXITED if exits else RunState.SUCCESS)
            self.journal.write(entry, **changes)
        else:
            self.journal.write(entry, following=noted(steps[following], following), **changes)

    def step_over(self, *, exits: bool) -> None:
        """Go on after the commit of a step that is done. A run that was cancelled meanwhile turns back now."""
        self.moved(self.cursor + 1)
        self.attempt, self.exception = 0, None
        if exits or self.cursor == len(self.main.plan.steps):
            self._over(RunState.EXITED if exits else RunState.SUCCESS)

    def move(self, cursor: int) -> dict[str, Any]:
        """The changes by which the run gets on to that step: claims that died before count no more, this one does."""
        return {"cursor": cursor} | ({"attempt": 1} if self.run.attempt > 1 else {})

    def moved(self, cursor: int) -> None:
        """These changes are committed."""
        self.cursor, self.run.attempt = cursor, min(self.run.attempt, 1)

    def turn_back(self, failed: Entry | None, error: dict[str, Any], *, first: int | None = None) -> None:
        """One commit: the failed step, why, and the new direction. `first` is the step that is undone first."""
        first = self.cursor - 1 if first is None else first
        stored = self.main.values.stored
        details = trace(self.exception) if self.exception else ""
        changes: dict[str, Any] = self.move(first) | {
            "state": RunState.ROLLING_BACK.value,
            "direction": Phase.BACK.value,
            "context": stored,
            "result": stored.get(RESULT),
            "result_status": stored.get(STATUS),
            "error": error,
            "traceback": details,
            "retry_at": None,
        }

        def turn() -> None:
            if failed is None:
                self.journal.withdraw()
            self.journal.write(failed, **changes)

        self.journal.once(turn)
        self.moved(first)
        self.error, self.direction = error, Phase.BACK
        if self.exception and not is_expected(self.exception):
            log.error("step_failed", run=str(self.main.run_uuid), traceback=details)

    def let_go(self, entry: Entry | None = None, **changes: Any) -> None:
        """Give the run back, and say in the same commit what it waits for; this claim does not count against it.

        A run that somebody wants to stop does not wait: it is queued so that it turns back.
        """
        journal, run = self.journal, self.run
        state = RunState(changes.setdefault("state", RunState.QUEUED.value))

        def leave() -> None:
            journal.withdraw()
            journal.write(entry, **{**changes, "attempt": run.attempt - 1, "lease_owner": "", "lease_until": None})
            if state == RunState.QUEUED or (journal.cancelled and runs.queue_waiting(run.pk)):
                announce(run)

        journal.once(leave)
        self._over(state)

    def waiting(self) -> dict[str, Any]:
        """The changes by which the run is given back until its children have ended."""
        return self.family.waiting() | {"attempt": self.run.attempt - 1}

    def wait(self) -> None:
        """The run has been given back until its children have ended."""
        self._over(RunState.WAITING)

    def end(self, state: RunState, **changes: Any) -> None:
        """The final commit of a run that no step ends."""

        def last() -> None:
            self.journal.withdraw()
            self.journal.write(None, **self._ending(state) | changes)

        self.journal.once(last)
        self._over(state)

    def pause(self, seconds: float) -> bool:
        """Wait, with the lease in hand; False as soon as the process is asked to stop and the run may be left."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self.may_leave and stopping.requested():
                return False
            sleep(min(left, LOOK_EVERY_S))
        return True

    def hold_on(self, seconds: float) -> None:
        """What `orchestrator.pause` does. A cancel and a deadline end no rollback."""
        until = monotonic() + seconds
        while True:
            if self.may_leave and stopping.requested():
                raise Interrupted("Its worker was asked to stop.")
            if self.direction is Phase.FORWARD:
                self.journal.cancel_requested()
                if stop := self.why_stop():
                    raise Interrupted(stop["message"])
            if (left := until - monotonic()) > 0:
                self.pause(min(left, ASK_EVERY_S))
            if monotonic() >= until:
                return

    def left_of_pause_s(self) -> float:
        """Seconds until the next attempt of the step at the cursor."""
        at = self.run.retry_at
        return 0.0 if at is None else (at - datetime.now(UTC)).total_seconds()

    def _ending(self, state: RunState) -> dict[str, Any]:
        stored = self.main.values.stored
        return {
            "state": state.value,
            "ended": NOW,
            "lease_until": None,
            "result": stored.get(RESULT),
            "result_status": stored.get(STATUS),
        }

    def _over(self, state: RunState) -> None:
        if self.journal.cancelled and state in (RunState.SUCCESS, RunState.EXITED):
            return
        self.is_over, self.state = True, state
        if self.has_ended:
            self.journal.ended()


def noted(step: PlannedStep, seq: int) -> Entry | None:
    """What the journal says of a step before it is called for the first time; None if it says nothing."""
    if not step.is_noted:
        return None
    return Entry(seq, Phase.FORWARD, step, datetime.now(UTC), state=StepState.STARTED)
