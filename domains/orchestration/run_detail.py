"""One run as a page or an answer shows it: the plan and the journal side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.plan import PlannedStep, known_steps
from domains.orchestration.showing import Change, changes, shown
from domains.orchestration.states import CLAIMED, Kind, Phase, RunState, StepState, WaitsFor


@dataclass(frozen=True, slots=True)
class StepView:
    """A planned step and what became of it. `state` is waiting, running, retrying, children, done, failed, interrupted,
    undoing, undone or undo_failed; in `children` it waits for the runs that it has started.

    Times are aware; `duration` is in seconds, of the forward call, None between two attempts. `total` is None while it
    is unknown. `attempts` is how often it may be called, 1 without retries. `keys` and `changes` say what it did to the
    context.
    """

    number: int
    title: str
    name: str
    kind: str
    state: str
    attempt: int
    attempts: int
    started: datetime | None
    ended: datetime | None
    duration: float | None
    done: int | None
    total: int | None
    note: str
    keys: tuple[str, ...]
    changes: tuple[Change, ...]
    error: dict[str, Any] | None
    has_rollback: bool
    undone: Step | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who carries the run out now, since when it has not been heard of, and until when the claim holds."""

    owner: str
    renewed: datetime
    until: datetime

    @property
    def is_expired(self) -> bool:
        """Whether another worker may take over."""
        return self.until < timezone.now()


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with all that belongs to it. `result` and `args` are plain JSON without secrets.

    `current` is the step that runs, is waited for or is undone now, None before and after.
    """

    run: Run
    steps: Sequence[StepView]
    current: StepView | None
    log: Sequence[RunLog]
    result: Any
    args: dict[str, Any]
    lease: Lease | None

    @property
    def done_count(self) -> int:
        """How many steps have been carried out and not been undone."""
        return sum(step.state == "done" for step in self.steps)

    @property
    def has_children(self) -> bool:
        """Whether the plan may start child runs."""
        return any(step.kind == Kind.CHILDREN for step in self.steps)


def detail(run: Run, rows: Sequence[Step], log: Sequence[RunLog]) -> RunDetail:
    """Put the parts of a run together."""
    forward = {row.seq: row for row in rows if row.phase == Phase.FORWARD}
    back = {row.seq: row for row in rows if row.phase == Phase.BACK}
    made = dict(zip(sorted(forward), changes(forward[seq].delta for seq in sorted(forward)), strict=True))
    views: list[StepView] = []
    for seq, step in enumerate(known_steps(run.plan)):
        before = views[-1].ended if views else run.started
        views.append(_view(run, seq, step, (forward.get(seq), back.get(seq)), made.get(seq, ()), before))
    at = _current(run)
    current = views[at] if at is not None and 0 <= at < len(views) else None
    return RunDetail(run, views, current, log, shown(run.result), shown(run.args), _lease(run))


def _current(run: Run) -> int | None:
    """The step that matters now."""
    waits = run.state == RunState.WAITING and run.waits_for != WaitsFor.TURN
    return run.cursor if run.state in CLAIMED or waits else None


def _lease(run: Run) -> Lease | None:
    if run.state not in CLAIMED or run.lease_until is None:
        return None
    renewed = run.lease_until - timedelta(seconds=settings.RUN_LEASE_S)
    return Lease(run.lease_owner, min(renewed, timezone.now()), run.lease_until)


def _view(
    run: Run,
    seq: int,
    step: PlannedStep,
    rows: tuple[Step | None, Step | None],
    made: tuple[Change, ...],
    before: datetime | None,
) -> StepView:
    row, undone = rows
    state = _state(run, seq, row, undone)
    started = row.started if row else (before if state == "running" else None)
    ended = row.ended if row else None
    return StepView(
        number=seq + 1,
        title=step.title,
        name=step.forward,
        kind=step.kind,
        state=state,
        attempt=row.attempt if row else 0,
        attempts=step.retry.attempts if step.retry else 1,
        started=started,
        ended=ended,
        duration=_duration(run, state, started, ended),
        done=row.progress_done if row else None,
        total=row.progress_total if row else None,
        note=row.progress_note if row else "",
        keys=tuple(change.key for change in made),
        changes=made,
        error=row.error if row else None,
        has_rollback=bool(step.rollback),
        undone=undone,
    )


def _duration(run: Run, state: str, started: datetime | None, ended: datetime | None) -> float | None:
    if started is None or state == "retrying":
        return None
    return ((ended or run.ended or timezone.now()) - started).total_seconds()


def _state(run: Run, seq: int, row: Step | None, undone: Step | None) -> str:
    if undone:
        return _undone(undone)
    is_current = seq == _current(run)
    if is_current and run.direction == Phase.BACK:
        return "undoing"
    if row and row.state not in (StepState.STARTED, StepState.RETRYING):
        return str(row.state)
    if is_current and row and _is_between_calls(run, row):
        return "retrying"
    if is_current:
        return "children" if run.state == RunState.WAITING and run.waits_for == WaitsFor.CHILDREN else "running"
    return "interrupted" if row else "waiting"


def _is_between_calls(run: Run, row: Step) -> bool:
    """Whether the step's next attempt has not begun yet."""
    is_later = run.state == RunState.WAITING or (run.retry_at is not None and run.retry_at > timezone.now())
    return row.state == StepState.RETRYING and is_later


def _undone(row: Step) -> str:
    if row.state in (StepState.STARTED, StepState.RETRYING):
        return "undoing"
    return "undone" if row.state == StepState.DONE else "undo_failed"
