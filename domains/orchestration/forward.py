"""The way forward: calling the step at the cursor until it is done, has failed for good, or waits.

falsy result_status      go on
truthy, not 400 or 500   stop; what the step has written stays; state exited
400 or 500               roll back the steps before it in reverse; state rolled_back; the result is returned
an exception             likewise, and it is raised again where somebody waits for it; with a retry, later
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from django.db import Error

from domains.base.database import is_lost
from domains.orchestration import points, siblings
from domains.orchestration.course import Course
from domains.orchestration.exceptions import Fenced, Interrupted, PlanMismatch, StepExitException, TransactionLost
from domains.orchestration.failures import failure
from domains.orchestration.journal import Entry
from domains.orchestration.models import Step
from domains.orchestration.plan import Functions, functions_of
from domains.orchestration.service import runs
from domains.orchestration.states import Kind, Phase, RunState, StepState, WaitsFor
from domains.orchestration.timeouts import StepTimedOut, limited

INTERRUPTED = {"code": "interrupted", "message": "Its worker died while it ran.", "retryable": True}
KEPT_S = 2.0
"""A worker keeps a run for a pause that is no longer."""


class Went(Enum):
    """What a step that has not failed leads to."""

    ON = 1
    OUT = 2
    TO_WAIT = 3


class Forward:
    """Carries out the step at the cursor of a course."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.main, self.journal, self.run = course.main, course.journal, course.run
        self._functions: Functions
        self._last: Entry | None = None

    def go(self) -> None:
        """One step, or one attempt of it, or the turn back before it."""
        course = self.course
        if course.cursor >= len(self.main.plan.steps):
            if not self.journal.cancelled:
                course.end(RunState.SUCCESS)
                return
        elif course.step.is_external:
            self.journal.cancel_requested()  # a call cannot be taken back, so it is worth the question
        found, self.journal.found = self.journal.found, None
        if found and found.state == StepState.STARTED and course.family.has_started(course.cursor):
            self._after_children(found)
        elif stop := course.why_stop():
            self._stop(stop, found)
        elif found and self._is_overdue(found):
            late = StepTimedOut("Its time was over, and its worker did not come back.")
            self._failed(course.entry(attempt=found.attempt), late)
        elif found and found.state == StepState.RETRYING and (left := course.left_of_pause_s()) > 0:
            self._wait(left)
        else:
            self._attempt()

    def _attempt(self) -> None:
        course, self._last = self.course, None
        course.attempt += 1
        entry = course.entry(attempt=course.attempt)
        self._functions = functions_of(entry.step)
        self.journal.begin(course.cursor)
        if entry.step.is_noted:
            self.journal.note(replace(entry, state=StepState.STARTED))
        try:
            went = self._external(entry) if entry.step.is_external else self._in_transaction(entry)
        except (Fenced, PlanMismatch, TransactionLost):
            raise
        except StepExitException as exit_:
            message = f"The step “{entry.step.title}” ended the run with status {exit_.status}."
            self._fail(entry, {"code": f"status_{exit_.status}", "message": message, "retryable": False})
        except Exception as exception:
            if isinstance(exception, Error) and not entry.step.is_external and is_lost(exception):
                raise
            self._failed(entry, exception)
        else:
            self._went(entry, went)

    def _in_transaction(self, entry: Entry) -> Went:
        """The step and its journal entry, in one commit."""
        went = self.journal.once(lambda: self._database(entry), again=lambda: self.main.values.undo(all_of_it=True))
        points.reach("step.committed")
        return went

    def _database(self, entry: Entry) -> Went:
        has_children = entry.step.kind == Kind.CHILDREN
        if has_children:
            self.course.family.begin(entry.seq)
        went = self._call(entry)
        entry.delta = self.main.values.delta()
        if has_children and went is Went.ON and self.course.family.insert():
            entry.state = StepState.STARTED
            self.journal.write(entry, context=self.main.values.stored, **self.course.waiting())
            if self.journal.cancelled:
                siblings.stop(self.run)
            went = Went.TO_WAIT
        else:
            entry.state = StepState.DONE
            self.course.done(entry, exits=went is Went.OUT)
        points.reach("step.journalled")
        return went

    def _external(self, entry: Entry) -> Went:
        """Outside a transaction."""
        went = self._call(entry)
        points.reach("external.called")
        return went

    def _call(self, entry: Entry) -> Went:
        limit = self._limit_s(entry)
        try:
            if limit is None:
                self._call_unless_done(entry)
            else:
                with limited(limit, self.run):
                    self._call_unless_done(entry)
        except StepExitException as exit_:
            if exit_.rolls_back:
                raise
            return Went.OUT
        return Went.ON

    def _call_unless_done(self, entry: Entry) -> None:
        """Before an external step is called once more, its own `verify` is asked whether it was done."""
        verify = self._functions.verify if entry.step.is_external and entry.attempt > 1 else None
        if verify:
            if self.main.call(entry.seq, Phase.FORWARD, verify):
                return
            self.main.values.undo(all_of_it=True)
        self.main.call(entry.seq, Phase.FORWARD, self._functions.forward)

    def _limit_s(self, entry: Entry) -> float | None:
        """Seconds that the call may take: the step's timeout, cut to the run's deadline."""
        limit, left = entry.step.timeout_s, self.course.left_s
        return limit if left is None else max(0.0, left if limit is None else min(limit, left))

    def _went(self, entry: Entry, went: Went) -> None:
        """Go on. An external step that cannot be journalled has not failed: it is called again."""
        if went is Went.TO_WAIT:
            self.course.wait()
            return
        if entry.step.is_external:
            entry.delta = self.main.values.delta()
            self.course.done(entry, exits=went is Went.OUT)
            points.reach("external.committed")
        self.course.step_over(exits=went is Went.OUT)

    def _failed(self, entry: Entry, exception: Exception) -> None:
        """Leave it to another worker if this one stops, try again later if the step's retry says so, else turn back."""
        course, retry, stop = self.course, entry.step.retry, self.course.why_stop()
        error = failure(exception, f"The step “{entry.step.title}”")
        if isinstance(exception, Interrupted) and not stop:
            entry.error, entry.state = error, StepState.RETRYING
            course.let_go(entry)
        elif retry and not stop and retry.allows(entry.attempt, exception):
            self.main.values.undo(all_of_it=True)
            entry.error, entry.state, entry.delta = error, StepState.RETRYING, {}
            self._wait(retry.pause_s(entry.attempt), entry)
        else:
            course.exception = None if isinstance(exception, Interrupted) else exception
            self._fail(entry, error, stop)

    def _fail(self, entry: Entry, error: dict[str, Any], stop: dict[str, Any] | None = None) -> None:
        """Turn back for good. A database step has undone itself; an external one may want its own rollback."""
        if not entry.step.is_external:
            self.main.values.undo()
        entry.error, entry.state, entry.delta = error, StepState.FAILED, self.main.values.delta()
        self.course.turn_back(entry, stop or error, first=self._first(entry))

    def _first(self, entry: Entry) -> int:
        return entry.seq if entry.step.is_external and entry.step.rollback_self else entry.seq - 1

    def _stop(self, stop: dict[str, Any], found: Step | None) -> None:
        """Turn back before the step at the cursor; one that has been called before counts as failed."""
        course, entry = self.course, self._last
        if found:
            entry = course.entry(attempt=found.attempt, error=found.error or INTERRUPTED)
        if entry is None:
            course.turn_back(None, stop)
            return
        entry.state = StepState.FAILED
        course.turn_back(entry, stop, first=self._first(entry))

    def _wait(self, seconds: float, entry: Entry | None = None) -> None:
        """Until the next attempt: here if that is soon, else without a worker. `entry` is the failed one."""
        course, left = self.course, self.course.left_s
        seconds = seconds if left is None else min(seconds, max(left, 0.0))
        moment = timedelta(seconds=seconds)
        if seconds > KEPT_S:
            course.let_go(entry, state=RunState.WAITING.value, waits_for=WaitsFor.RETRY.value, retry_at=moment)
            return
        if entry:
            self._last = entry
            self.journal.write(entry, retry_at=moment)
        if not self.journal.cancelled:
            course.pause(seconds)

    def _is_overdue(self, found: Step) -> bool:
        limit = self.course.step.timeout_s
        if limit is None or found.state != StepState.STARTED:
            return False
        return datetime.now(UTC) >= found.started + timedelta(seconds=limit)

    def _after_children(self, found: Step) -> None:
        """The step that has started them is done when all have ended, or has failed with one of them."""
        course, stop = self.course, self.course.why_stop()
        if runs.unfinished_children(self.run.pk) and self._waits_for_children(stopping=stop is not None):
            return
        error = course.family.outcome(course.cursor)
        entry = course.entry(attempt=found.attempt, delta=found.delta, error=error)
        entry.started = found.started
        if error or stop:
            entry.state = StepState.FAILED if error else StepState.DONE
            course.turn_back(entry, stop or error or {}, first=course.cursor)
        else:
            self.journal.once(lambda: course.done(entry, exits=False))
            course.step_over(exits=False)

    def _waits_for_children(self, *, stopping: bool) -> bool:
        def waits() -> bool:
            runs.hold(self.run.pk)
            waiting = self.course.waiting()
            if waiting["pending_children"]:
                self.journal.write(None, **waiting)
                if stopping or self.journal.cancelled:
                    siblings.stop(self.run)
            return bool(waiting["pending_children"])

        if has_to_wait := self.journal.once(waits):
            self.course.wait()
        return has_to_wait
