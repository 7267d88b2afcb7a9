"""Taking a run, keeping it and letting it go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Run
from domains.orchestration.service.clock import from_now, lease
from domains.orchestration.service.journal_sql import insert_run
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
        return self._free(queue).first()

    def claim_next(self, queues: Sequence[str], owner: str) -> Run | None:
        """Take the next run of the first of these queues that has one; None when there is none.

        Where the database can, a run that another worker is just taking is passed over, so that nobody is the slower.
        """
        if not database.connection().features.has_select_for_update_skip_locked:
            return self._claim_first([self._free(queue) for queue in queues], owner)
        with database.atomic_write():
            free = [self._free(queue).select_for_update(skip_locked=True, no_key=True) for queue in queues]
            return self._claim_first(free, owner)

    def claim(self, run: Run, owner: str) -> bool:
        """Take the run for `owner` unless another has; `run` then says so, and all else in it is as it was read."""
        free = Q(state=RunState.QUEUED) | Q(state__in=CLAIMED, lease_until__lt=Now())
        state = RunState.ROLLING_BACK if run.direction == Phase.BACK else RunState.RUNNING
        same = self.filter(pk=run.pk, epoch=run.epoch, cursor=run.cursor, attempt__lt=MAX_CLAIMS).filter(free)
        changed = same.update(
            epoch=F("epoch") + 1,
            attempt=F("attempt") + 1,
            state=state,
            waits_for="",
            lease_owner=owner,
            lease_until=from_now(lease()),
            started=Coalesce(F("started"), Now()),
        )
        if changed:
            run.epoch, run.attempt, run.state, run.waits_for = run.epoch + 1, run.attempt + 1, state, ""
            run.lease_owner, run.started = owner, run.started or timezone.now()
        return changed == 1

    def is_held(self, pk: int, epoch: int) -> bool:
        """Whether the claim of that epoch still stands; if so, it does until the end of this transaction."""
        ours = self.filter(pk=pk, epoch=epoch, state__in=CLAIMED).select_for_update(no_key=True)
        return ours.values_list("pk", flat=True).first() is not None

    def insert(self, run: Run, *, leased: bool = False) -> None:
        """Insert one run by a prepared statement; it gets its number. A `leased` one is ours from now on."""
        run.created = timezone.now()
        insert_run(run, lease() if leased else None)

    def renew(self, held: Sequence[tuple[int, int]]) -> int:
        """Extend the leases of these (number, epoch) by one statement; how many are still held."""
        ours = Q(pk__in=[])
        for pk, epoch in held:
            ours |= Q(pk=pk, epoch=epoch)
        return self.filter(state__in=CLAIMED).filter(ours).update(lease_until=from_now(lease()))

    def _claim_first(self, found: Iterable[QuerySet[Run]], owner: str) -> Run | None:
        for free in found:
            for _ in range(TRIES):
                run = free.first()
                if run is None:
                    break
                if self.claim(run, owner):
                    return run
        return None

    def _free(self, queue: str) -> QuerySet[Run]:
        return self.waiting().filter(queue=queue, attempt__lt=MAX_CLAIMS)
