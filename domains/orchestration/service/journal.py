"""The journal's tables: steps and log lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from domains.base.service import ModelService
from domains.orchestration.models import RunLog, Step
from domains.orchestration.service.journal_sql import insert_steps
from domains.orchestration.states import Phase, StepState

LOG_LINES = 1000
ROWS = 100
"""As many rows go into one statement."""


class StepService(ModelService[Step]):
    """Steps."""

    model = Step

    def insert(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows of ended steps, by prepared statements."""
        for start in range(0, len(rows), ROWS):
            insert_steps(rows[start : start + ROWS])

    def withdraw(self, run_id: int, seq: int) -> None:
        """Forget that a step was about to be called."""
        self.bulk_delete(run_id=run_id, seq=seq, phase=Phase.FORWARD, state=StepState.STARTED)

    def undone(self, run_id: int) -> set[int]:
        """Numbers of the steps whose rollback is done."""
        return set(self.filter(run_id=run_id, phase=Phase.BACK, state=StepState.DONE).values_list("seq", flat=True))

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
