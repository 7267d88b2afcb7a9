"""Taking a run, keeping it and letting it go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Run
from domains.orchestration.service.clock import from_now, lease
from domains.orchestration.states import CLAIMED, Phase, RunState

MAX_CLAIMS = 5
TRIES = 20
"""How often a worker looks again when others are faster."""


class RunClaims(ModelService[Run]):
    """Claims."""

    model = Run

    def waiting(self) -> QuerySet[Run]:
        """Queued runs, the one that is next first."""
        return self.filter(state=RunState.QUEUED).order_by("-priority", "id")

    def next_of(self, queue: str) -> Run | None:
        """The queued run that comes next in that queue: the oldest of the highest priority."""
        free = self.waiting().filter(queue=queue, attempt__lt=MAX_CLAIMS)
        if database.connection().features.has_select_for_update_skip_locked and database.in_transaction():
            free = free.select_for_update(skip_locked=True)
        return free.first()

    def claim_next(self, queues: Sequence[str], owner: str) -> Run | None:
        """Take the next run of the first of these queues that has one; None when there is none."""
        for queue in queues:
            for _ in range(TRIES):
                run = self.next_of(queue)
                if run is None:
                    break
                if self.claim(run, owner):
                    return self.get(pk=run.pk)
        return None

    def claim(self, run: Run, owner: str) -> bool:
        """Take the run for `owner` unless another has. The caller reads the row again."""
        free = Q(state=RunState.QUEUED) | Q(state__in=CLAIMED, lease_until__lt=Now())
        state = RunState.ROLLING_BACK if run.direction == Phase.BACK else RunState.RUNNING
        changed = self.filter(pk=run.pk, epoch=run.epoch, attempt__lt=MAX_CLAIMS).filter(free)
        return (
            changed.update(
                epoch=F("epoch") + 1,
                attempt=F("attempt") + 1,
                state=state,
                lease_owner=owner,
                lease_until=from_now(lease()),
                started=Coalesce(F("started"), Now()),
            )
            == 1
        )

    def renew(self, pk: int, epoch: int) -> bool:
        """Extend the lease; False when the run is no longer ours."""
        return self.filter(pk=pk, epoch=epoch, state__in=CLAIMED).update(lease_until=from_now(lease())) == 1

    def advance(self, pk: int, *, epoch: int, at: int, values: Mapping[str, Any]) -> bool:
        """Change the run if it is still ours and its cursor is `at`; False when it is not."""
        return self.filter(pk=pk, epoch=epoch, cursor=at, state__in=CLAIMED).update(**values) == 1

    def hand_back(self, pk: int, epoch: int) -> bool:
        """Queue the run again without counting the claim."""
        values = {"state": RunState.QUEUED, "attempt": F("attempt") - 1, "lease_until": None, "lease_owner": ""}
        return self.filter(pk=pk, epoch=epoch, state__in=CLAIMED).update(**values) == 1
