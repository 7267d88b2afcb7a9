"""The journal of a run: what is written down, and in whose transaction.

`DurableJournal` commits once a step: the effect of a database step, its journal row and the moved cursor are one
commit, refused when another worker has taken the run over. `AtomicJournal` keeps the rows in memory and writes them
with the run at the end of the one transaction around everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from domains.base.database import atomic_write
from domains.base.json_values import storable
from domains.orchestration.exceptions import Fenced
from domains.orchestration.failures import redact
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.plan import PlannedStep
from domains.orchestration.service import logs, runs, steps
from domains.orchestration.service.clock import from_now, lease
from domains.orchestration.service.journal import LOG_LINES
from domains.orchestration.states import Phase, StepState

PROGRESS_EVERY = 1.0


@dataclass(slots=True)
class Entry:
    """One step as it is journalled. `error` is set when it has failed."""

    seq: int
    phase: Phase
    step: PlannedStep
    started: datetime
    delta: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    attempt: int = 1

    def values(self) -> dict[str, Any]:
        """The columns of its row."""
        name = self.step.forward if self.phase == Phase.FORWARD else self.step.rollback
        return {
            "name": name,
            "kind": self.step.kind,
            "state": StepState.FAILED if self.error else StepState.DONE,
            "attempt": self.attempt,
            "delta": self.delta,
            "error": self.error,
            "started": self.started,
            "ended": timezone.now(),
        }


class Journal:
    """What both journals share: the progress and the log lines of the running step."""

    pauses: tuple[float, ...] = ()

    def __init__(self, run: Run) -> None:
        self.run = run
        self.seq = 0
        self._progress: dict[str, Any] = {}
        self._lines: list[RunLog] = []
        self._room = LOG_LINES

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Around the body of a database step together with its entry."""
        with atomic_write():
            yield

    def progress(self, done: int, total: int | None, note: str) -> None:
        """Keep the newest progress of the running step."""
        self._progress = {"progress_done": done, "progress_total": total, "progress_note": storable(note)[:200]}

    def log(self, line: str) -> None:
        """Keep a line, without secrets; those beyond the run's limit are dropped, and the last kept one says so."""
        if self._room <= 0:
            return
        self._room -= 1
        text = redact(line)[:500] if self._room else "No more lines are kept: the run has logged too many."
        self._lines.append(RunLog(run_id=self.run.pk, seq=self.seq, at=timezone.now(), line=text))

    def cancel_requested(self) -> bool:
        """Whether somebody has asked to stop."""
        return False

    def was_interrupted(self, seq: int) -> bool:
        """Whether a worker died in this external step, so that nobody knows what it has done."""
        return False

    def withdraw(self, seq: int) -> None:
        """The step, noted as about to be called, is not going to be."""

    def begin(self, seq: int, step: PlannedStep) -> None:
        """The step is about to be called."""
        self.seq, self._progress = seq, {}

    def begin_rollback(self, seq: int) -> None:
        """The step's rollback is about to be called."""
        self.seq, self._progress = seq, {}

    def write(self, entry: Entry | None, *, following: PlannedStep | None = None, **values: Any) -> None:
        """Write an entry and change the run, together. `following` is the step that is called next."""
        raise NotImplementedError

    def has_failed_rollback(self) -> bool:
        """Whether any rollback of the run has failed."""
        raise NotImplementedError


class DurableJournal(Journal):
    """Every entry in its own commit. The run's row was read after it was claimed."""

    pauses = (0.1, 0.5, 2.0)

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._cursor = run.cursor
        self._room = logs.room(run.pk)
        self._begun: int | None = None
        self._interrupted = run.cursor if steps.has_begun(run.pk, run.cursor) else None
        self._reported = 0.0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """One commit. What this object remembers of it is forgotten when it fails."""
        before = self._cursor, self._begun, self._lines
        try:
            with atomic_write():
                yield
        except BaseException:
            self._cursor, self._begun, self._lines = before
            raise

    def cancel_requested(self) -> bool:
        """The flag as it is in the database now."""
        return runs.is_cancel_requested(self.run.pk)

    def was_interrupted(self, seq: int) -> bool:
        """Asked of the journal as this worker found it."""
        return self._interrupted == seq

    def withdraw(self, seq: int) -> None:
        """Forget the row that the entry before has written."""
        steps.withdraw(self.run.pk, seq)

    def begin(self, seq: int, step: PlannedStep) -> None:
        """Note an external step before it is called, unless the entry before it has done so."""
        super().begin(seq, step)
        self._reported = 0.0
        if not step.is_db and self._begun != seq:
            with self.transaction():
                self._note(seq, step)
                self._advance(lease_until=from_now(lease()))

    def begin_rollback(self, seq: int) -> None:
        """Rollbacks are noted when they are over, so there is no row for progress."""
        super().begin_rollback(seq)
        self._begun = None

    def progress(self, done: int, total: int | None, note: str) -> None:
        """Store the progress of an external step, at most once a second; a database step has no row yet."""
        super().progress(done, total, note)
        if self._begun == self.seq and monotonic() - self._reported >= PROGRESS_EVERY:
            self._reported = monotonic()
            steps.report(self.run.pk, self.seq, self._progress)
            self._flush()

    def write(self, entry: Entry | None, *, following: PlannedStep | None = None, **values: Any) -> None:
        """One commit. Raises Fenced, which undoes it, when the run is no longer this worker's."""
        with self.transaction():
            if entry:
                begun = entry.seq in (self._begun, self._interrupted) and entry.phase == Phase.FORWARD
                steps.finish(
                    self.run.pk, entry.seq, entry.phase, begun=begun, **(entry.values() | self._progress_of(entry))
                )
            self._flush()
            self._advance(**{"lease_until": from_now(lease())} | values)
            self._cursor = values.get("cursor", self._cursor)
            if following and not following.is_db:
                self._note(self._cursor, following)

    def has_failed_rollback(self) -> bool:
        """Asked of the table, since another worker may have written it."""
        return steps.has_failed_rollback(self.run.pk)

    def _advance(self, **values: Any) -> None:
        if not runs.advance(self.run.pk, epoch=self.run.epoch, at=self._cursor, values=values):
            raise Fenced(f"Run {self.run.uuid} is no longer ours.")

    def _note(self, seq: int, step: PlannedStep) -> None:
        steps.begin(self.run.pk, seq, Phase.FORWARD, name=step.forward, kind=step.kind, started=timezone.now())
        self._begun = seq

    def _progress_of(self, entry: Entry) -> dict[str, Any]:
        return self._progress if entry.phase == Phase.FORWARD else {}

    def _flush(self) -> None:
        logs.bulk_create(self._lines)
        self._lines = []


class AtomicJournal(Journal):
    """Everything at the end. The run's row does not exist before."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._entries: list[dict[str, Any]] = []

    def write(self, entry: Entry | None, *, following: PlannedStep | None = None, **values: Any) -> None:
        """Keep the entry and the run's new values."""
        if entry:
            progress = self._progress if entry.phase == Phase.FORWARD else {}
            self._entries.append({"seq": entry.seq, "phase": entry.phase, **entry.values(), **progress})
        for name, value in values.items():
            setattr(self.run, name, timezone.now() if isinstance(value, Now) else value)

    def has_failed_rollback(self) -> bool:
        """Asked of the kept entries."""
        return any(e["phase"] == Phase.BACK and e["state"] == StepState.FAILED for e in self._entries)

    def save(self) -> None:
        """Insert the run, its steps and its lines."""
        self.run.pk = None
        runs.bulk_create([self.run])
        steps.bulk_create(Step(run=self.run, **entry) for entry in self._entries)
        for line in self._lines:
            line.run = self.run
        logs.bulk_create(self._lines)
