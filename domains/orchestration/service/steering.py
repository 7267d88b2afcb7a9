"""What people ask of a run. Each change compares the state and the epoch that the decision was made on."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Max
from django.db.models.functions import Now

from domains.base.service import ModelService
from domains.orchestration.models import Run, Step
from domains.orchestration.states import ACTIVE, Phase, RunState, StepState


class RunSteering(ModelService[Run]):
    """Steering."""

    model = Run

    def end_unbegun(self, run: Run, error: dict[str, Any]) -> bool:
        """Cancel the run if no worker has ever taken it; False when one has."""
        fresh = self.filter(pk=run.pk, epoch=run.epoch, started=None, state__in=(RunState.QUEUED, RunState.WAITING))
        ended = {"state": RunState.CANCELLED, "ended": Now(), "error": error, "epoch": F("epoch") + 1}
        return fresh.update(**ended, waits_for="", retry_at=None) == 1

    def request_cancel(self, pk: int) -> bool:
        """Ask the worker to stop at its next step; False when the run is not active."""
        return self.filter(pk=pk, state__in=ACTIVE).update(cancel_requested=True) == 1

    def queue_again(self, run: Run, **values: Any) -> bool:
        """Let the run go on, from a state in which no worker has it; False when it is no longer as it was read."""
        same = self.filter(pk=run.pk, epoch=run.epoch, state=run.state)
        ready = {"state": RunState.QUEUED, "waits_for": "", "retry_at": None, "woken": None, "epoch": F("epoch") + 1}
        return same.update(**ready | values) == 1

    def failed_child_rollback(self, pk: int) -> Run | None:
        """The first of its children whose rollback has failed."""
        return self.filter(parent_id=pk, state=RunState.ROLLBACK_FAILED).order_by("id").first()

    def is_cancel_requested(self, pk: int) -> bool:
        """The flag as it is now."""
        return self.filter(pk=pk, cancel_requested=True).exists()


class RollbackService(ModelService[Step]):
    """Rollbacks that have failed, and why their run turned back."""

    model = Step

    def try_again(self, run_id: int) -> int | None:
        """Mark the run's failed rollbacks as to be repeated; the last of these steps, None when there is none."""
        failed = self.filter(run_id=run_id, phase=Phase.BACK, state=StepState.FAILED)
        last: int | None = failed.aggregate(last=Max("seq"))["last"]
        failed.update(state=StepState.RETRYING, ended=None)
        return last

    def cause(self, run_id: int) -> dict[str, Any] | None:
        """The error of the step that made the run turn back; None when it was no step."""
        failed = self.filter(run_id=run_id, phase=Phase.FORWARD, state=StepState.FAILED)
        return failed.order_by("-seq").values_list("error", flat=True).first()
