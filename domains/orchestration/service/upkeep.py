"""What the tick looks for: runs that nobody carries out although somebody should."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from domains.base.service import ModelService
from domains.orchestration.models import Run
from domains.orchestration.service.claims import MAX_CLAIMS
from domains.orchestration.service.clock import from_now
from domains.orchestration.states import CLAIMED, RunState


class RunUpkeep(ModelService[Run]):
    """Upkeep."""

    model = Run

    def expired(self) -> QuerySet[Run]:
        """Claimed runs whose worker has stopped renewing the lease."""
        return self.filter(state__in=CLAIMED, lease_until__lt=Now())

    def unwoken(self, older_than: timedelta) -> QuerySet[Run]:
        """Queued runs that no worker has taken although they were announced longer ago than that."""
        queued = self.filter(state=RunState.QUEUED).order_by("-priority", "id")
        return queued.filter(Q(woken=None) | Q(woken__lt=from_now(-older_than)))

    def release_expired(self) -> int:
        """Queue the runs again whose worker has fallen silent; the claims still count. The number of runs."""
        return self.expired().update(
            state=RunState.QUEUED, lease_owner="", lease_until=None, woken=None, epoch=F("epoch") + 1
        )

    def bury(self, error: dict[str, Any]) -> int:
        """Declare dead whatever has been claimed too often; the number of runs."""
        hopeless = self.filter(state__in=CLAIMED, lease_until__lt=Now(), attempt__gte=MAX_CLAIMS)
        return hopeless.update(state=RunState.DEAD, ended=Now(), error=error, lease_until=None, epoch=F("epoch") + 1)

    def mark_woken(self, pks: Iterable[int]) -> None:
        """Note that workers have been told of these runs."""
        self.filter(pk__in=list(pks)).update(woken=Now())
