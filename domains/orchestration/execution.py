"""How a run goes: forward step by step, and back when a step fails, one journal entry after another.

falsy result_status      go on
truthy, not 400 or 500   stop; what the step has written stays; state exited
400 or 500               roll back the steps before it in reverse; state rolled_back; the result is returned
an exception             likewise, and it is raised again where somebody waits for it
a rollback that fails    is tried again, then recorded, and the others go on; state rollback_failed
"""

from __future__ import annotations

from datetime import datetime
from time import monotonic, sleep
from typing import Any

import structlog
from django.db.models.functions import Now
from django.utils import timezone

from domains.orchestration.exceptions import Fenced, PlanMismatch, StepExitException
from domains.orchestration.failures import failure, is_expected, trace
from domains.orchestration.journal import Entry, Journal
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.plan import PlannedStep
from domains.orchestration.states import Phase, RunState
from domains.orchestration.values import RESULT, STATUS

CANCELLED = "cancelled"
INTERRUPTED = {"code": "interrupted", "message": "Its worker died while it ran.", "retryable": True}
log = structlog.get_logger(__name__)


class Execution:
    """One worker's work on one run, from its cursor to its end, or until `slice_s` seconds are over."""

    def __init__(self, main: MainOrchestrator, journal: Journal, *, slice_s: float = float("inf")) -> None:
        self.main = main
        self.journal = journal
        self.cursor: int = journal.run.cursor
        self.direction = Phase(journal.run.direction)
        self.error: dict[str, Any] | None = journal.run.error
        self.exception: Exception | None = None
        self._until = monotonic() + slice_s
        main.reporter = journal
        main.claim()

    def run(self) -> bool:
        """True once the run has ended, False when time is up before. Raises Fenced when the run was taken over."""
        try:
            while not self.journal.run.ended:
                if monotonic() > self._until:
                    return False
                if self.direction == Phase.FORWARD:
                    self._forward()
                else:
                    self._backward()
        except PlanMismatch as error:
            self._end(RunState.BLOCKED, error=failure(error, "The run"))
        return True

    def _forward(self) -> None:
        if self.cursor >= len(self.main.plan.steps):
            self._end(RunState.SUCCESS)
            return
        if self.journal.cancel_requested():
            self._cancel()
            return
        step, started = self.main.plan.steps[self.cursor], timezone.now()
        self.journal.begin(self.cursor, step)
        try:
            exits = self._run_step(step, started)
        except (Fenced, PlanMismatch):
            raise
        except StepExitException as exit_:
            message = f"The step “{step.title}” ended the run with status {exit_.status}."
            error = {"code": f"status_{exit_.status}", "message": message, "retryable": False}
            self._turn_back(Entry(self.cursor, Phase.FORWARD, step, started, error=error), error)
        except Exception as exception:  # noqa: BLE001 - whatever a step raises is undone, stored and shown
            self.exception = exception
            error = failure(exception, f"The step “{step.title}”")
            self._turn_back(Entry(self.cursor, Phase.FORWARD, step, started, error=error), error)
        else:
            self._step_over(step, started, exits)

    def _cancel(self) -> None:
        """Turn back before the step at the cursor; one in which a worker has died counts as failed."""
        error = {"code": CANCELLED, "message": "The run was cancelled.", "retryable": False}
        if self.journal.was_interrupted(self.cursor):
            self.main.values.begin()
            step = self.main.plan.steps[self.cursor]
            self._turn_back(Entry(self.cursor, Phase.FORWARD, step, timezone.now(), error=INTERRUPTED), error)
        else:
            with self.journal.transaction():
                self.journal.withdraw(self.cursor)
                self._turn_back(None, error)

    def _run_step(self, step: PlannedStep, started: datetime) -> bool:
        """Call the step, a database step together with its journal entry; whether it ends the run with success."""
        if not step.is_db:
            return self._call_forward()
        with self.journal.transaction():
            exits = self._call_forward()
            self._journal_forward(step, started, exits)
        return exits

    def _step_over(self, step: PlannedStep, started: datetime, exits: bool) -> None:
        """Go on to the next step. An external step that cannot be journalled has not failed: it is called again."""
        if not step.is_db:
            self._journal_forward(step, started, exits)
        self.cursor += 1
        if exits or self.cursor == len(self.main.plan.steps):
            self.journal.run.ended = timezone.now()

    def _call_forward(self) -> bool:
        try:
            self.main.call(self.cursor, Phase.FORWARD)
        except StepExitException as exit_:
            if exit_.rolls_back:
                raise
            return True
        return False

    def _journal_forward(self, step: PlannedStep, started: datetime, exits: bool) -> None:
        entry = Entry(self.cursor, Phase.FORWARD, step, started, delta=self.main.values.delta())
        following = self.cursor + 1
        ended = exits or following == len(self.main.plan.steps)
        values: dict[str, Any] = {"cursor": following, "context": self.main.values.stored}
        if ended:
            values |= self._ending(RunState.EXITED if exits else RunState.SUCCESS)
        self.journal.write(entry, following=None if ended else self.main.plan.steps[following], **values)

    def _turn_back(self, failed: Entry | None, error: dict[str, Any]) -> None:
        """One commit: the failed step, why, and the new direction."""
        first = self.cursor - 1
        if failed and failed.step.is_db:
            self.main.values.undo()
        elif failed and failed.step.rollback_self:
            first = self.cursor
        if failed:
            failed.delta = self.main.values.delta()
        stored = self.main.values.stored
        details = trace(self.exception) if self.exception else ""
        self.journal.write(
            failed,
            state=RunState.ROLLING_BACK,
            direction=Phase.BACK,
            cursor=first,
            context=stored,
            result=stored.get(RESULT),
            result_status=stored.get(STATUS),
            error=error,
            traceback=details,
        )
        self.error, self.cursor, self.direction = error, first, Phase.BACK
        if self.exception and not is_expected(self.exception):
            log.error("step_failed", run=str(self.main.run_uuid), traceback=details)

    def _backward(self) -> None:
        while self.cursor >= 0 and not self.main.plan.steps[self.cursor].rollback:
            self.cursor -= 1
        if self.cursor >= 0:
            self._roll_back(self.main.plan.steps[self.cursor])
            self.cursor -= 1
            return
        cancelled = self.error is not None and self.error["code"] == CANCELLED
        state = RunState.CANCELLED if cancelled else RunState.ROLLED_BACK
        self._end(RunState.ROLLBACK_FAILED if self.journal.has_failed_rollback() else state, error=self.error)

    def _roll_back(self, step: PlannedStep) -> None:
        pauses = self.journal.pauses or (0.0, 0.0, 0.0)
        self.journal.begin_rollback(self.cursor)
        for attempt, pause in enumerate((0.0, *pauses), start=1):
            sleep(pause)
            entry = Entry(self.cursor, Phase.BACK, step, timezone.now(), attempt=attempt)
            try:
                self._undo(step, entry)
                return
            except (Fenced, PlanMismatch):
                raise
            except Exception as error:  # noqa: BLE001 - recorded, and the other rollbacks must still run
                self.main.values.undo()
                entry.error = failure(error, f"The rollback of “{step.title}”")
                log.error("rollback_failed", run=str(self.main.run_uuid), step=step.rollback, traceback=trace(error))
                if self.exception:
                    self.exception.add_note(f"Rollback {step.rollback}, attempt {attempt}: {error!r}")
        self.journal.write(entry, cursor=self.cursor - 1)

    def _undo(self, step: PlannedStep, entry: Entry) -> None:
        if step.is_db:
            with self.journal.transaction():
                self.main.call(self.cursor, Phase.BACK)
                self._journal_backward(entry)
        else:
            self.main.call(self.cursor, Phase.BACK)
            self._journal_backward(entry)

    def _journal_backward(self, entry: Entry) -> None:
        entry.delta = self.main.values.delta()
        self.journal.write(entry, cursor=self.cursor - 1, context=self.main.values.stored)

    def _end(self, state: RunState, **values: Any) -> None:
        self.journal.write(None, **self._ending(state) | values)
        self.journal.run.ended = timezone.now()

    def _ending(self, state: RunState) -> dict[str, Any]:
        stored = self.main.values.stored
        return {
            "state": state,
            "ended": Now(),
            "lease_until": None,
            "result": stored.get(RESULT),
            "result_status": stored.get(STATUS),
        }
