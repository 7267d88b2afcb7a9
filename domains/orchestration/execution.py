"""How a run goes: forward step by step, and back when a step fails, one journal entry after another."""

from __future__ import annotations

from time import monotonic

from domains.orchestration import stopping
from domains.orchestration.backward import Backward
from domains.orchestration.course import Course
from domains.orchestration.exceptions import Interrupted, PlanMismatch
from domains.orchestration.failures import failure
from domains.orchestration.forward import Forward
from domains.orchestration.journal import Journal
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.states import Phase, RunState


class Execution:
    """One worker's work on one run, from its cursor until it ends or has to wait.

    With `slice_s` it also gives the run back when so many seconds are over, or when the process is asked to stop.
    """

    def __init__(self, main: MainOrchestrator, journal: Journal, *, slice_s: float | None = None) -> None:
        self.course = Course(main, journal, may_leave=slice_s is not None)
        self._until = None if slice_s is None else monotonic() + slice_s
        main.claim()

    def run(self) -> bool:
        """True once the run has ended, False when it waits or was given back.

        Raises Fenced when the run was taken over, and what the database raises when it is gone.
        """
        course = self.course
        forward, backward = Forward(course), Backward(course)
        try:
            while not course.is_over:
                if self._is_time_up():
                    course.let_go()
                elif course.direction is Phase.FORWARD:
                    forward.go()
                else:
                    backward.go()
        except PlanMismatch as error:
            course.end(RunState.BLOCKED, error=failure(error, "The run"))
        except Interrupted:
            course.let_go()
        return course.has_ended

    def _is_time_up(self) -> bool:
        return self._until is not None and (stopping.requested() or monotonic() > self._until)
