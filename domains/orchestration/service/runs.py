"""The table of runs: what everyone asks, on top of claims, upkeep, steering and families."""

from __future__ import annotations

from django.db.models import QuerySet

from domains.orchestration.models import Run
from domains.orchestration.service.claims import RunClaims
from domains.orchestration.service.families import RunFamilies
from domains.orchestration.service.steering import RunSteering
from domains.orchestration.service.upkeep import RunUpkeep
from domains.orchestration.states import ACTIVE


class RunService(RunClaims, RunUpkeep, RunSteering, RunFamilies):
    """Runs."""

    model = Run

    def active(self) -> QuerySet[Run]:
        """Queued, waiting and claimed runs."""
        return self.filter(state__in=ACTIVE)

    def active_with_key(self, orchestrator: str, key: str) -> Run | None:
        """The one active run of this orchestrator and key."""
        return self.active().filter(orchestrator=orchestrator, key=key).first() if key else None
