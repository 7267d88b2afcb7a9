"""Runs that other runs have started: how many have ended, whose turn it is, and stopping them together.

The parent's row is the lock of its family. It is taken before any child's row, so that two ends at the same moment
wait for each other instead of blocking each other.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Now

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Run
from domains.orchestration.states import FINISHED, STUCK, Phase, RunState, WaitsFor

HEAVY = ("plan", "args", "context", "result", "error", "traceback")
"""The large columns, which are left out where a run is only moved."""
DONE = (RunState.SUCCESS, RunState.EXITED)
"""A child in any other final state has failed."""


class RunFamilies(ModelService[Run]):
    """Families."""

    model = Run

    def hold(self, pk: int) -> Run | None:
        """The run, locked until the end of the transaction, its large columns left out; None when it is gone."""
        rows = self.filter(pk=pk).defer(*HEAVY)
        if database.connection().features.has_select_for_update:
            rows = rows.select_for_update(no_key=True)
        return rows.first()

    def children_of(self, pk: int) -> QuerySet[Run]:
        """A run's children in the order in which they were started."""
        return self.filter(parent_id=pk).order_by("id")

    def has_children(self, pk: int, seq: int) -> bool:
        """Whether the step of that number has started any."""
        return self.children_of(pk).filter(parent_seq=seq).exists()

    def unfinished_children(self, pk: int) -> int:
        """How many children have not ended for good; dead and blocked ones have not."""
        return self.children_of(pk).exclude(state__in=FINISHED).count()

    def state_of(self, pk: int) -> str:
        """The state of a run as it is now."""
        return str(self.filter(pk=pk).values_list("state", flat=True).get())

    def expect_children(self, pk: int, count: int) -> None:
        """Correct how many children a run waits for."""
        self.filter(pk=pk).update(pending_children=count)

    def next_turn(self, pk: int) -> Run | None:
        """The child that waits for its turn and comes next."""
        turn = self.children_of(pk).filter(state=RunState.WAITING, waits_for=WaitsFor.TURN)
        return turn.defer(*HEAVY).order_by("-priority", "id").first()

    def failed_children(self, pk: int, seq: int) -> QuerySet[Run]:
        """The children of that step that have failed, the first failure first and cancelled ones last."""
        failed = self.children_of(pk).filter(parent_seq=seq, state__in=FINISHED).exclude(state__in=DONE)
        return failed.order_by(Case(When(state=RunState.CANCELLED, then=Value(1)), default=Value(0)), "ended", "id")

    def last_done_child(self, pk: int, seq: int) -> Run | None:
        """The child of that step that is undone next."""
        return self.children_of(pk).filter(parent_seq=seq, state__in=DONE).last()

    def has_failed_child_rollback(self, pk: int) -> bool:
        """Whether the rollback of any child has failed for good."""
        return self.children_of(pk).filter(state=RunState.ROLLBACK_FAILED).exists()

    def queue_waiting(self, pk: int) -> bool:
        """Let a waiting run go on; False when it does not wait."""
        values = {"state": RunState.QUEUED, "waits_for": "", "retry_at": None, "pending_children": 0, "woken": None}
        return self.filter(pk=pk, state=RunState.WAITING).update(epoch=F("epoch") + 1, **values) == 1

    def send_back(self, child: Run, error: dict[str, Any], *, key: str) -> None:
        """Queue a finished run again to undo what it has done; `key` is what it is known by meanwhile."""
        self.filter(pk=child.pk, state__in=DONE).update(
            state=RunState.QUEUED,
            direction=Phase.BACK,
            cursor=F("cursor") - 1,
            epoch=F("epoch") + 1,
            attempt=0,
            key=key,
            error=error,
            ended=None,
            deadline=None,
            cancel_requested=False,
        )

    def cancel_unstarted_children(self, pk: int, error: dict[str, Any]) -> int:
        """End the children that no worker has ever taken; how many it were."""
        fresh = self.children_of(pk).filter(state__in=(RunState.QUEUED, RunState.WAITING), started=None)
        return fresh.update(state=RunState.CANCELLED, waits_for="", ended=Now(), error=error, epoch=F("epoch") + 1)

    def flag_children(self, pk: int) -> None:
        """Ask every child that has not ended to stop."""
        self.children_of(pk).exclude(state__in=FINISHED).update(cancel_requested=True)

    def waiting_children(self, pk: int) -> list[Run]:
        """The children that hold no worker and do not wait for one."""
        return list(self.children_of(pk).filter(state=RunState.WAITING).defer(*HEAVY))

    def stuck_children(self, pk: int) -> list[Run]:
        """The dead and the blocked ones."""
        return list(self.children_of(pk).filter(state__in=STUCK).defer(*HEAVY))
