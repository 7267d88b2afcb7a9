"""The journal of a run: what is written down, and in whose transaction.

`DurableJournal` (durable.py) commits once a step: the effect of a database step, its journal row and the moved cursor
are one commit, refused when another worker has taken the run over. `AtomicJournal` keeps the rows in memory and writes
them with the run at the end of the one transaction around everything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from domains.base.database import undone_alone
from domains.orchestration import points
from domains.orchestration.exceptions import TransactionLost, has_lost
from domains.orchestration.failures import redact
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.plan import PlannedStep
from domains.orchestration.service import logs, runs, steps
from domains.orchestration.service.journal import LOG_LINES
from domains.orchestration.states import Phase, StepState

T = TypeVar("T")
MOST = 2**63 - 1
"""No database counts further."""
NO_PROGRESS: dict[str, Any] = {"progress_done": None, "progress_total": None, "progress_note": ""}


@dataclass(slots=True)
class Entry:
    """One call of a step as it is journalled. `error` is set when it has failed."""

    seq: int
    phase: Phase
    step: PlannedStep
    started: datetime
    delta: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    attempt: int = 1
    state: StepState = StepState.DONE

    def values(self) -> dict[str, Any]:
        """The columns of its row, but for the run and the progress."""
        over = self.state in (StepState.DONE, StepState.FAILED)
        return {
            "seq": self.seq,
            "phase": self.phase.value,
            "name": self.step.forward if self.phase is Phase.FORWARD else self.step.rollback,
            "kind": self.step.kind,
            "state": self.state.value,
            "attempt": self.attempt,
            "delta": self.delta,
            "error": self.error,
            "started": self.started,
            "ended": datetime.now(UTC) if over else None,
        }


class Journal(ABC):
    """What both journals share. `cancelled` is whether somebody had asked to stop when the last entry was committed."""

    pauses: tuple[float, ...] = (0.0, 0.0, 0.0)
    """Seconds before each further attempt of a rollback that fails."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.seq = 0
        self.cancelled: bool = run.cancel_requested
        self.found: Step | None = None
        self.undone: set[int] = set()
        self._progress = NO_PROGRESS
        self._lines: list[RunLog] = []
        self._room: int | None = LOG_LINES

    @abstractmethod
    def once(self, action: Callable[[], T], *, again: Callable[[], None] = lambda: None) -> T:
        """Call `action`, which writes an entry, in a transaction: what it has done is committed once or not at all.

        `again` is called before a further try.
        """

    def begin(self, seq: int) -> None:
        """A step or its rollback is about to be called: progress and log lines are its own from now on."""
        self.seq, self._progress = seq, NO_PROGRESS

    @abstractmethod
    def note(self, entry: Entry) -> None:
        """The step is about to be called, and what it does cannot be undone by the database."""

    @abstractmethod
    def withdraw(self) -> None:
        """A step that was noted with the entry before is not called after all."""

    @abstractmethod
    def write(self, entry: Entry | None, *, following: Entry | None = None, **changes: Any) -> None:
        """Write an entry and change the run, together; `following` is noted as about to be called.

        Times are timedeltas from now, None for none.
        """

    @abstractmethod
    def ended(self) -> None:
        """The run has ended; in a transaction around everything that is not yet committed."""

    def progress(self, done: int, total: int | None, note: str) -> None:
        """Keep the newest progress of the running step, without secrets. Raises ValueError for what is no number."""
        counts = {"progress_done": _count(done), "progress_total": _count(total)}
        self._progress = {**counts, "progress_note": redact(note)[:200]}

    def log(self, line: str) -> None:
        """Keep a line, without secrets; those beyond the run's limit are dropped, and the last kept one says so."""
        if self._room is None:
            self._room = logs.room(self.run.pk)
        if self._room <= 0:
            return
        self._room -= 1
        text = redact(line)[:500] if self._room else "No more lines are kept: the run has logged too many."
        self._lines.append(RunLog(run_id=self.run.pk, seq=self.seq, at=datetime.now(UTC), line=text))

    @abstractmethod
    def cancel_requested(self) -> bool:
        """Whether somebody has asked to stop by now."""

    @abstractmethod
    def has_failed_rollback(self) -> bool:
        """Whether any rollback of the run has failed."""


class AtomicJournal(Journal):
    """Everything at the end. The run's row does not exist before."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._entries: list[dict[str, Any]] = []
        self._is_first = True

    def once(self, action: Callable[[], T], *, again: Callable[[], None] = lambda: None) -> T:
        """A savepoint. Raises TransactionLost when the transaction around it must be done again."""
        first, self._is_first = self._is_first, False
        try:
            with undone_alone(first=first):
                return action()
        except Exception as error:
            if has_lost(error):
                raise TransactionLost(str(error)) from error
            raise

    def note(self, entry: Entry) -> None:
        """Nothing: a step of one transaction is committed or has not happened."""

    def withdraw(self) -> None:
        """Nothing: no step was noted."""

    def write(self, entry: Entry | None, *, following: Entry | None = None, **changes: Any) -> None:
        """Keep the entry and the run's new values."""
        if entry:
            self._entries.append(entry.values() | (self._progress if entry.phase is Phase.FORWARD else NO_PROGRESS))
        for name, value in changes.items():
            setattr(self.run, name, datetime.now(UTC) + value if isinstance(value, timedelta) else value)

    def ended(self) -> None:
        """Nothing: its commit comes after `save`."""

    def cancel_requested(self) -> bool:
        """Nobody can ask: the run is not seen before it has ended."""
        return False

    def has_failed_rollback(self) -> bool:
        """Asked of the kept entries."""
        return any(e["phase"] == Phase.BACK and e["state"] == StepState.FAILED for e in self._entries)

    def save(self) -> None:
        """Insert the run, its steps and its lines."""
        runs.insert(self.run)
        steps.insert([{"run_id": self.run.pk, **entry} for entry in self._entries])
        if self._lines:
            for line in self._lines:
                line.run = self.run
            logs.bulk_create(self._lines)
        points.reach("run.ending")


def _count(value: int | None) -> int | None:
    return None if value is None else max(-MOST, min(int(value), MOST))
