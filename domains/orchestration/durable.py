"""The journal that commits once a step, and finds out what became of a commit whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, TypeVar

import structlog
from django.db import Error

from domains.base import database
from domains.orchestration import points
from domains.orchestration.children import hold, settle
from domains.orchestration.exceptions import Contended, Fenced, has_lost
from domains.orchestration.journal import NO_PROGRESS, Entry, Journal
from domains.orchestration.lease import renew_after_s
from domains.orchestration.models import Run
from domains.orchestration.service import logs, runs, steps
from domains.orchestration.service.clock import lease
from domains.orchestration.service.journal import LOG_LINES
from domains.orchestration.service.journal_sql import advance, put_step
from domains.orchestration.states import FINISHED, Phase, RunState

T = TypeVar("T")
PROGRESS_EVERY_S = 1.0
TRY_AGAIN_AFTER_S = (0.05, 0.25, 1.0, 2.5, 5.0)
"""Pauses while others hold a lock, or the database is gone. It may be long: nothing is lost by waiting."""
ENDS_WELL = (RunState.SUCCESS, RunState.EXITED)
ENDING = ("state", "ended", "lease_until", "result", "result_status")
MOVES = ("cursor", "direction", "state")
"""What tells one commit of a run from the next."""
log = structlog.get_logger(__name__)


class DurableJournal(Journal):
    """Every entry in its own commit. `fresh` is a run that this process has just inserted.

    `found` is the row of the step at the cursor as this worker has found it, `undone` the steps whose rollback is done.
    """

    pauses = (0.1, 0.5, 2.0)

    def __init__(self, run: Run, *, fresh: bool = False) -> None:
        super().__init__(run)
        self._at: dict[str, Any] = {name: getattr(run, name) for name in MOVES}
        self._renewed = self._reported = monotonic()
        self._renew_after = renew_after_s()
        self._noted: tuple[int, int] | None = None
        self._is_open = False
        self._room = LOG_LINES if fresh else None
        if not fresh:
            self.found = steps.find(run_id=run.pk, seq=run.cursor, phase=Phase.FORWARD)
            self.undone = steps.undone(run.pk) if run.direction == Phase.BACK else set()

    @classmethod
    def of_new(cls, run: Run, first: Entry | None) -> DurableJournal:
        """Insert the run, leased to this process, and note its first step with it if it is to be noted."""
        if first is None:
            runs.insert(run, leased=True)
            return cls(run, fresh=True)
        with database.atomic_write():
            runs.insert(run, leased=True)
            put_step({"run_id": run.pk} | first.values() | NO_PROGRESS)
        journal = cls(run, fresh=True)
        journal._noted = first.seq, first.attempt
        return journal

    def once(self, action: Callable[[], T], *, again: Callable[[], None] = lambda: None) -> T:
        """One commit. It is tried again while others hold a lock or the database is gone, unless it has taken place.

        Raises Fenced when the run is no longer this worker's, and what `action` raises.
        """
        doubt: tuple[dict[str, Any], T] | None = None
        is_first = True
        for pause in (*TRY_AGAIN_AFTER_S, None):
            kept = self._at, self._noted, self._lines, len(self._lines)
            try:
                if doubt and self._has_become(doubt[0]):
                    self._at, self._noted, self._lines = doubt[0], None, []
                    return doubt[1]
                if not is_first:
                    again()
                is_first, doubt, self._is_open = False, None, True
                with database.atomic_write():
                    result = action()
                    doubt = self._at, result
                return result
            except (Error, Contended) as error:
                self._at, self._noted, self._lines, lines = kept
                if pause is None or database.in_transaction() or not may_pass(error):
                    raise
                log.warning("commit_tried_again", run=str(self.run.uuid), reason=str(error))
                # What broke outside of a transaction, in the step itself, is still broken.
                database.connection().close_if_unusable_or_obsolete()
                del self._lines[lines:]
                sleep(pause)
            except BaseException:
                self._at, self._noted, self._lines, _ = kept
                raise
            finally:
                self._is_open = False
        raise AssertionError("the last try returns or raises")

    def note(self, entry: Entry) -> None:
        """Note an external or a limited step before it is called, unless the commit before has done so."""
        if self._noted != (entry.seq, entry.attempt):
            self.once(lambda: self._write(None, entry, {"lease_until": lease()}))
        points.reach("external.noted")

    def withdraw(self) -> None:
        """A step that the commit before has noted is not called after all."""
        if self._noted and self._noted[1] == 1:
            steps.withdraw(self.run.pk, self._noted[0])
        self._noted = None

    def write(self, entry: Entry | None, *, following: Entry | None = None, **changes: Any) -> None:
        """One commit, or a part of that of `once`. Raises Fenced when the run is no longer this worker's."""
        if self._is_open:
            self._write(entry, following, changes)
        else:
            self.once(lambda: self._write(entry, following, changes))

    def ended(self) -> None:
        """The run's end is committed."""
        points.reach("run.ended")

    def begin(self, seq: int) -> None:
        """Progress is stored from now on if the step has a row that others see."""
        super().begin(seq)
        self._reported = 0.0

    def progress(self, done: int, total: int | None, note: str) -> None:
        """Store the progress of an external step, at most once a second; that of others comes with their end."""
        super().progress(done, total, note)
        if self._noted and not self._is_open and monotonic() - self._reported >= PROGRESS_EVERY_S:
            self._reported = monotonic()
            self._report()

    def _report(self) -> None:
        """A step does not fail because its progress could not be stored; the next report, or its end, brings it.

        That of a worker that was replaced is not stored at all.
        """
        try:
            with database.atomic_write():
                if not runs.is_held(self.run.pk, self.run.epoch):
                    return
                steps.report(self.run.pk, self.seq, self._progress)
                logs.bulk_create(self._lines)
            self._lines = []
        except Error as error:
            log.warning("progress_not_stored", run=str(self.run.uuid), reason=str(error))

    def cancel_requested(self) -> bool:
        """The flag as it is in the database now; as it was known last while the database is gone."""
        try:
            self.cancelled = runs.is_cancel_requested(self.run.pk)
        except Error as error:
            if database.in_transaction() or not may_pass(error):
                raise
            log.warning("cancel_not_asked", run=str(self.run.uuid), reason=str(error))
            database.connection().close_if_unusable_or_obsolete()
        return self.cancelled

    def has_failed_rollback(self) -> bool:
        """Asked of the table, since another worker may have written it."""
        return steps.has_failed_rollback(self.run.pk)

    def _write(self, entry: Entry | None, following: Entry | None, changes: dict[str, Any]) -> None:
        run = self.run
        if changes.get("state") in FINISHED:
            hold(run)
        if monotonic() - self._renewed > self._renew_after:
            changes = {"lease_until": lease()} | changes
            self._renewed = monotonic()
        changes = self._advanced(entry, changes)
        self._at = self._at | {name: changes[name] for name in MOVES if name in changes}
        if following:
            put_step(self._row(following))
        self._noted = (following.seq, following.attempt) if following else None
        if self._lines:
            self._flush()
        if changes.get("state") in FINISHED:
            settle(run)
            points.reach("run.ending")

    def _advanced(self, entry: Entry | None, changes: dict[str, Any]) -> dict[str, Any]:
        """Write, and tell what has been changed: a run that somebody wants to stop does not end well."""
        where, row = (self.run.pk, self.run.epoch, self._at["cursor"]), self._row(entry) if entry else None
        ends_well = changes.get("state") in ENDS_WELL
        cancelled = advance(where, changes, row, unless_cancelled=ends_well)
        if cancelled is None and ends_well:
            going_on = {name: value for name, value in changes.items() if name not in ENDING}
            changes = going_on or {"lease_until": lease()}
            cancelled = advance(where, changes, row)
        if cancelled is None:
            raise Fenced(f"Run {self.run.uuid} is no longer ours.")
        self.cancelled = cancelled
        return changes

    def _row(self, entry: Entry) -> dict[str, Any]:
        own = entry.phase is Phase.FORWARD and entry.seq == self.seq
        return {"run_id": self.run.pk} | entry.values() | (self._progress if own else NO_PROGRESS)

    def _has_become(self, after: dict[str, Any]) -> bool:
        """Whether the commit that led there has taken place. Raises Fenced when another worker has the run."""
        now = runs.get(pk=self.run.pk)
        if now.epoch != self.run.epoch:
            raise Fenced(f"Run {self.run.uuid} has been taken over.")
        return after != self._at and all(getattr(now, name) == value for name, value in after.items())

    def _flush(self) -> None:
        logs.bulk_create(self._lines)
        self._lines = []


def may_pass(error: BaseException) -> bool:
    """Whether what the database has refused may succeed in a moment."""
    return database.is_lost(error) or has_lost(error)


def patiently(action: Callable[[], T]) -> T:
    """Call `action`, which has done nothing when it fails, again while others hold a lock."""
    for pause in TRY_AGAIN_AFTER_S:
        try:
            return action()
        except Error as error:
            if database.in_transaction() or not database.is_contention(error):
                raise
        sleep(pause)
    return action()
