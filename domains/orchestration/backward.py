"""The way back: undoing the steps that are done, in reverse, each at most once.

A rollback that fails, or that takes longer than its step may, is tried again, then recorded, and the others go on; the
run then ends as rollback_failed.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import structlog
from django.db import Error

from domains.base.database import is_lost
from domains.orchestration import points
from domains.orchestration.course import CANCELLED, Course
from domains.orchestration.exceptions import Fenced, Interrupted, PlanMismatch, TransactionLost
from domains.orchestration.failures import failure, trace
from domains.orchestration.journal import Entry
from domains.orchestration.plan import StepFunction, functions_of
from domains.orchestration.states import Kind, Phase, RunState, StepState
from domains.orchestration.timeouts import limited

log = structlog.get_logger(__name__)


class Backward:
    """Undoes the step at the cursor of a course."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.main, self.journal = course.main, course.journal
        self._is_first = True

    def go(self) -> None:
        """One rollback, or the end of them. A step's children are undone before it, one after another."""
        course = self.course
        while course.cursor >= 0 and not self._has_work():
            course.cursor -= 1
        if course.cursor < 0:
            self._finish()
        elif course.step.kind == Kind.CHILDREN and self._undoes_child():
            course.wait()
        elif course.step.rollback:
            self._roll_back()
        else:
            course.cursor -= 1

    def _has_work(self) -> bool:
        step = self.course.step
        return self.course.cursor not in self.journal.undone and (bool(step.rollback) or step.kind == Kind.CHILDREN)

    def _undoes_child(self) -> bool:
        def send_back() -> bool:
            waits = self.course.family.compensate_next(self.course.cursor)
            if waits:
                self.journal.write(None, cursor=self.course.cursor, **self.course.waiting())
            return waits

        return self.journal.once(send_back)

    def _roll_back(self) -> None:
        course = self.course
        if self._is_first:
            self._is_first = False
            points.reach("rollback.first")
        rollback = functions_of(course.step).rollback
        self.journal.begin(course.cursor)
        for attempt, pause in enumerate((0.0, *self.journal.pauses), start=1):
            if not course.pause(pause):
                return
            entry = course.entry(Phase.BACK, attempt=attempt)
            if rollback is None or self._is_undone(entry, rollback):
                points.reach("rollback.committed")
                break
        else:
            self.journal.write(entry, **course.move(course.cursor - 1))
        course.moved(course.cursor - 1)

    def _is_undone(self, entry: Entry, rollback: StepFunction) -> bool:
        """Call the rollback, a database step's together with its journal entry; False when it has failed."""
        try:
            if entry.step.is_external:
                self._call(entry, rollback)
            else:
                self.journal.once(
                    lambda: self._call(entry, rollback), again=lambda: self.main.values.undo(all_of_it=True)
                )
        except (Fenced, Interrupted, PlanMismatch, TransactionLost):
            raise
        except Exception as error:
            if isinstance(error, Error) and is_lost(error):
                raise
            self._failed(entry, error)
            return False
        return True

    def _call(self, entry: Entry, rollback: StepFunction) -> None:
        limit = entry.step.timeout_s
        with limited(limit, self.course.run) if limit else nullcontext():
            self.main.call(entry.seq, Phase.BACK, rollback)
        entry.delta = self.main.values.delta()
        changes: dict[str, Any] = {"context": self.main.values.stored} if entry.delta else {}
        self.journal.write(entry, **self.course.move(entry.seq - 1), **changes)

    def _failed(self, entry: Entry, error: Exception) -> None:
        self.main.values.undo()
        entry.error, entry.state = failure(error, f"The rollback of “{entry.step.title}”"), StepState.FAILED
        entry.delta = {}
        rollback = entry.step.rollback
        log.error("rollback_failed", run=str(self.main.run_uuid), step=rollback, traceback=trace(error))
        if self.course.exception:
            self.course.exception.add_note(f"Rollback {rollback}, attempt {entry.attempt}: {error!r}")

    def _finish(self) -> None:
        error = self.course.error
        state = RunState.CANCELLED if error and error["code"] == CANCELLED else RunState.ROLLED_BACK
        if self.journal.has_failed_rollback() or self._has_failed_child():
            state = RunState.ROLLBACK_FAILED
        self.course.end(state, error=error)

    def _has_failed_child(self) -> bool:
        kinds = {step.kind for step in self.main.plan.steps}
        return Kind.CHILDREN in kinds and self.course.family.has_failed_rollback()
