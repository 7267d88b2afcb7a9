"""The journal's tables: steps and log lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F, QuerySet

from domains.base.service import ModelService
from domains.orchestration.models import RunLog, Step
from domains.orchestration.states import Phase, StepState

LOG_LINES = 1000


class StepService(ModelService[Step]):
    """Steps."""

    model = Step

    def begin(self, run_id: int, seq: int, phase: Phase, **values: Any) -> None:
        """Note that an external step is about to be called, once more if it was before."""
        again = self.filter(run_id=run_id, seq=seq, phase=phase)
        if not again.update(state=StepState.STARTED, attempt=F("attempt") + 1, started=values["started"]):
            self.create(run_id=run_id, seq=seq, phase=phase, state=StepState.STARTED, **values)

    def has_begun(self, run_id: int, seq: int) -> bool:
        """Whether an external step was begun and its outcome is not known."""
        return self.filter(run_id=run_id, seq=seq, phase=Phase.FORWARD, state=StepState.STARTED).exists()

    def withdraw(self, run_id: int, seq: int) -> None:
        """Forget that a step was about to be called."""
        self.bulk_delete(run_id=run_id, seq=seq, phase=Phase.FORWARD, state=StepState.STARTED)

    def finish(self, run_id: int, seq: int, phase: Phase, *, begun: bool, **values: Any) -> None:
        """Note the outcome, on the row made by `begin` if there is one."""
        row = self.filter(run_id=run_id, seq=seq, phase=phase)
        if not begun or not row.update(**{k: v for k, v in values.items() if k not in ("started", "attempt")}):
            self.create(run_id=run_id, seq=seq, phase=phase, **values)

    def of_run(self, run_id: int) -> QuerySet[Step]:
        """A run's steps in the order of their beginning."""
        return self.filter(run_id=run_id).order_by("id")

    def report(self, run_id: int, seq: int, progress: Mapping[str, Any]) -> None:
        """Store the progress of a step that has begun."""
        self.filter(run_id=run_id, seq=seq, phase=Phase.FORWARD).update(**progress)

    def has_failed_rollback(self, run_id: int) -> bool:
        """Whether any rollback of the run has failed for good."""
        return self.filter(run_id=run_id, phase=Phase.BACK, state=StepState.FAILED).exists()


class LogService(ModelService[RunLog]):
    """Log lines, at most LOG_LINES a run."""

    model = RunLog

    def room(self, run_id: int) -> int:
        """How many further lines the run may log."""
        return max(0, LOG_LINES - self.filter(run_id=run_id).count())
