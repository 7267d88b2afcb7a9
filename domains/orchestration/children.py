"""Child runs: a step of kind "children" starts them, and its run goes on when all have ended.

They are inserted by the commit of the step, which sends its run to wait in the same moment. Whoever ends a child counts
it off its parent in the same transaction, gives the next one its turn, and wakes the parent at zero. A dead or blocked
child keeps its parent waiting until somebody resumes or cancels it, another child fails, or the parent's time is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration import codec
from domains.orchestration.exceptions import StagingError
from domains.orchestration.models import Run
from domains.orchestration.registry import staged
from domains.orchestration.service import runs
from domains.orchestration.siblings import PARENT_STOPPED, collects, free_key, hold, settle, stop, stop_children
from domains.orchestration.states import Kind, Queue, RunState, WaitsFor
from domains.orchestration.wakeups import announce

if TYPE_CHECKING:
    from domains.orchestration.main import MainOrchestrator

__all__ = ["Child", "Family", "hold", "settle", "stop"]
ANNOUNCED = 10
"""A worker that was woken takes one run after another, so no more wake-ups than this are sent for one fan-out."""
UNDONE = {"code": "parent_rolled_back", "message": "Undone, since its parent run was rolled back.", "retryable": False}


@dataclass(frozen=True, slots=True)
class Child:
    """What a parent learns of a child run. `state` is one of RunState; `error` says why it did not succeed."""

    uuid: UUID
    orchestrator: str
    method: str
    state: str
    result: Any
    error: dict[str, Any] | None


class Family:
    """The children of one run, as the worker that carries the run out deals with them. `run` is its row."""

    def __init__(self, main: MainOrchestrator, run: Run) -> None:
        self.main = main
        self.run = run
        self.drafts: list[Run] = []
        self._seq: int | None = None

    def begin(self, seq: int) -> None:
        """The step of this number is about to be called, forward; drafts of an attempt before are forgotten."""
        self._seq, self.drafts = seq, []

    def draft_one(self, name: str, method: str, args: Mapping[str, Any], *, key: str, **place: Any) -> UUID:
        """Draft one child run of the orchestrator `name`; it is inserted when the step is committed.

        `place` is its queue and its priority. Raises StagingError outside a step of kind "children", Conflict when a
        run of the same orchestrator and `key` is active, and whatever staging raises.
        """
        is_drafted = any((run.orchestrator, run.key) == (name, key) for run in self.drafts)
        if key and (is_drafted or runs.active_with_key(name, key)):
            raise Conflict(f"A run with the key {key} is active, so none can be started as a child.")
        return self._draft(name, method, args, key=key, **place).uuid

    def draft_all(
        self, name: str, method: str, items: Sequence[Mapping[str, Any]], *, limit: int, **place: Any
    ) -> list[UUID]:
        """Draft a child run for each item, of which all beyond the `limit` wait for their turn."""
        if limit < 1:
            raise StagingError("The limit of a fan-out is at least 1.")
        turn = {"state": RunState.WAITING, "waits_for": WaitsFor.TURN}
        return [
            self._draft(name, method, item, **place, **(turn if index >= limit else {})).uuid
            for index, item in enumerate(items)
        ]

    def insert(self) -> bool:
        """Insert what the step has drafted, in its transaction; whether the run has to wait now, see `waiting`."""
        drafts, self.drafts, self._seq = self.drafts, [], None
        if not drafts or runs.hold(self.run.pk) is None:
            return False
        try:
            with atomic_write():
                runs.bulk_create(drafts)
        except IntegrityError as error:
            if any(run.key for run in drafts):
                raise Conflict("A run with the key of a child has been started meanwhile.") from error
            raise
        for run in [run for run in drafts if run.state == RunState.QUEUED][:ANNOUNCED]:
            announce(run)
        return True

    def has_started(self, seq: int) -> bool:
        """Whether the step of that number has started children: it has been committed then."""
        return runs.has_children(self.run.pk, seq)

    def waiting(self) -> dict[str, Any]:
        """The values of the run's row, which is held, while it waits for its children."""
        return {
            "state": RunState.WAITING,
            "waits_for": WaitsFor.CHILDREN,
            "pending_children": runs.unfinished_children(self.run.pk),
            "lease_owner": "",
            "lease_until": None,
        }

    def outcome(self, seq: int) -> dict[str, Any] | None:
        """Why the step counts as failed now that its children have ended; None if all is well or it collects."""
        if collects(self.run, seq):
            return None
        failed = runs.failed_children(self.run.pk, seq)
        first = failed.first()
        if first is None:
            return None
        why = (first.error or {}).get("message", "")
        others = failed.count() - 1
        more = f" So did not {others} more." if others else ""
        return {
            "code": "child_failed",
            "message": f"The child run “{first.title}” ({first.uuid}) did not succeed: {why}{more}",
            "retryable": False,
            "run": str(first.uuid),
        }

    def compensate_next(self, seq: int) -> bool:
        """Send the last finished child of that step back, in this transaction; whether the run has to wait for it.

        Children that have not ended are stopped first, and awaited. False when there is nothing left to undo.
        """
        runs.hold(self.run.pk)
        if runs.unfinished_children(self.run.pk):
            stop_children(self.run.pk, PARENT_STOPPED)
            if runs.unfinished_children(self.run.pk):
                return True
        child = runs.last_done_child(self.run.pk, seq)
        if child is None:
            return False
        runs.send_back(child, UNDONE, key=free_key(child))
        announce(child)
        return True

    def has_failed_rollback(self) -> bool:
        """Whether a child could not be undone."""
        return self.run.pk is not None and runs.has_failed_child_rollback(self.run.pk)

    def children(self) -> list[Child]:
        """Every child that the run has started, in the order of their start."""
        if self.run.pk is None:
            return []
        return [
            Child(run.uuid, run.orchestrator, run.method, str(run.state), codec.decode(run.result), run.error)
            for run in runs.children_of(self.run.pk).defer("plan", "args", "context", "traceback")
        ]

    def _draft(self, name: str, method: str, args: Mapping[str, Any], *, queue: str, **values: Any) -> Run:
        from domains.orchestration.inline import draft

        if self._seq is None or self.main.plan.steps[self._seq].kind != Kind.CHILDREN:
            raise StagingError('Only a running step of kind "children" starts child runs.')
        if queue and queue not in Queue.values:
            raise StagingError(f"There is no queue {queue!r}: {', '.join(Queue.values)}.")
        encoded = codec.encode_mapping(args, "argument")
        values = {"parent_id": self.run.pk, "parent_seq": self._seq, "woken": timezone.now()} | values
        values |= {"queue": queue or self.run.queue, "deadline": self.run.deadline}
        main = staged(name, method, args)
        run = draft(main, method=method, args=encoded, application=self.run.application, **values)
        self.drafts.append(run)
        return run
