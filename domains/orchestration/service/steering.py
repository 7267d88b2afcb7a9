"""What people ask of a run."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from domains.base.service import ModelService
from domains.orchestration.models import Run
from domains.orchestration.states import ACTIVE, STUCK, RunState


class RunSteering(ModelService[Run]):
    """Steering."""

    model = Run

    def cancel_queued(self, pk: int, error: dict[str, Any]) -> bool:
        """Cancel a run that no worker has ever taken; False when it is none."""
        fresh = self.filter(pk=pk, state=RunState.QUEUED, started=None)
        return fresh.update(state=RunState.CANCELLED, ended=Now(), error=error) == 1

    def request_cancel(self, pk: int) -> bool:
        """Ask the worker to stop at its next step; False when the run is not active."""
        return self.filter(pk=pk, state__in=ACTIVE).update(cancel_requested=True) == 1

    def requeue(self, pk: int) -> bool:
        """Let a dead or blocked run go on where it stopped; False when it is neither."""
        stuck = self.filter(pk=pk, state__in=STUCK)
        return (
            stuck.update(
                state=RunState.QUEUED, attempt=0, ended=None, error=None, traceback="", woken=None, epoch=F("epoch") + 1
            )
            == 1
        )

    def is_cancel_requested(self, pk: int) -> bool:
        """The flag as it is now."""
        return self.filter(pk=pk, cancel_requested=True).exists()
