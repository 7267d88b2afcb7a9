"""What the reaper looks for: runs that nobody carries out although somebody should."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Run
from domains.orchestration.service.claims import MAX_CLAIMS
from domains.orchestration.service.clock import from_now
from domains.orchestration.service.families import HEAVY
from domains.orchestration.states import CLAIMED, STUCK, Phase, RunState, WaitsFor

EXPIRED = Q(state__in=CLAIMED, lease_until__lt=Now())
RETRY_DUE = Q(state=RunState.WAITING, waits_for=WaitsFor.RETRY, retry_at__lte=Now())
LATE_RETRY = Q(
    state=RunState.WAITING, waits_for=WaitsFor.RETRY, direction=Phase.FORWARD, deadline__lt=Now(), retry_at__gt=Now()
)
LATE_UNBEGUN = Q(state=RunState.QUEUED, started=None, parent=None, deadline__lt=Now())
STUCK_CHILD = Run._default_manager.filter(parent=OuterRef("pk"), state__in=STUCK, cancel_requested=False)
LATE_PARENT = Q(
    Exists(STUCK_CHILD),
    state=RunState.WAITING,
    waits_for=WaitsFor.CHILDREN,
    direction=Phase.FORWARD,
    deadline__lt=Now(),
)
"""Children that are not stuck have the same deadline and end by it; one that was asked to stop is not asked again."""


class RunUpkeep(ModelService[Run]):
    """Upkeep."""

    model = Run

    def needs_reaping(self) -> bool:
        """Whether a lease, a pause or a deadline is over; one statement over the indexes of active runs."""
        due = EXPIRED | RETRY_DUE | LATE_RETRY | LATE_UNBEGUN | LATE_PARENT
        return self.all().filter(due).order_by().exists()

    def expired(self) -> QuerySet[Run]:
        """Claimed runs whose worker has stopped renewing the lease."""
        return self.all().filter(EXPIRED)

    def take_expired(self, limit: int) -> list[Run]:
        """Queue runs again, in this transaction, whose worker has fallen silent; the claims still count."""
        taken = self._locked(self.all().filter(EXPIRED, attempt__lt=MAX_CLAIMS), limit)
        self.all().filter(EXPIRED, pk__in=[run.pk for run in taken]).update(
            state=RunState.QUEUED, lease_owner="", lease_until=None, woken=None, epoch=F("epoch") + 1
        )
        return taken

    def take_retries(self, limit: int) -> list[Run]:
        """Queue runs again, in this transaction, whose pause or whose deadline is over."""
        taken = self._locked(self.all().filter(RETRY_DUE | LATE_RETRY), limit)
        self.filter(pk__in=[run.pk for run in taken]).update(
            state=RunState.QUEUED, waits_for="", retry_at=None, woken=None, epoch=F("epoch") + 1
        )
        return taken

    def end_late(self, error: dict[str, Any]) -> int:
        """End the runs that nobody has begun before their deadline; their number. Children are left to their family."""
        ended = {"state": RunState.ROLLED_BACK, "ended": Now(), "error": error, "epoch": F("epoch") + 1}
        return self.all().filter(LATE_UNBEGUN).update(**ended)

    def late_parents(self, limit: int) -> list[Run]:
        """Runs whose deadline has passed while they wait for children of which one is dead or blocked."""
        return list(self.all().filter(LATE_PARENT).defer(*HEAVY).order_by("id")[:limit])

    def bury(self, error: dict[str, Any]) -> int:
        """Declare dead whatever has been claimed too often; the number of runs."""
        ended = {"state": RunState.DEAD, "ended": Now(), "error": error, "lease_until": None, "epoch": F("epoch") + 1}
        return self.all().filter(EXPIRED, attempt__gte=MAX_CLAIMS).update(**ended)

    def unwoken(self, older_than: timedelta, queues: Sequence[str] = ()) -> QuerySet[Run]:
        """Queued runs, of these queues if any are named, that no worker has taken although they were announced longer
        ago than that; the one that is next first.
        """
        queued = self.filter(state=RunState.QUEUED, attempt__lt=MAX_CLAIMS).order_by("-priority", "id")
        queued = queued.filter(queue__in=queues) if queues else queued
        return queued.filter(Q(woken=None) | Q(woken__lt=from_now(-older_than)))

    def forgotten(self, older_than: timedelta, limit: int) -> list[Run]:
        """The first of those, locked for this transaction; those that somebody else changes now are left out."""
        return self._locked(self.unwoken(older_than), limit)

    def mark_woken(self, pks: Iterable[int]) -> None:
        """Note that workers have been told of these runs."""
        self.filter(pk__in=list(pks)).update(woken=Now())

    def live_owners(self, host: str) -> list[str]:
        """Who on this host keeps a run with a lease that has not run out, once for each run."""
        held = self.filter(state__in=CLAIMED, lease_until__gte=Now(), lease_owner__startswith=f"{host}:")
        return list(held.order_by().values_list("lease_owner", flat=True))

    def expire_leases(self, owners: Collection[str], *, counted: bool) -> int:
        """End the leases of processes that are known to be dead; without `counted` their claims do not count."""
        values: dict[str, Any] = {"lease_until": from_now(timedelta(seconds=-1))}
        if not counted:
            values["attempt"] = F("attempt") - 1
        return self.filter(state__in=CLAIMED, lease_until__gte=Now(), lease_owner__in=owners).update(**values)

    def _locked(self, found: QuerySet[Run], limit: int) -> list[Run]:
        if database.connection().features.has_select_for_update_skip_locked:
            found = found.select_for_update(skip_locked=True)
        return list(found.defer(*HEAVY).order_by("-priority", "id")[:limit])
