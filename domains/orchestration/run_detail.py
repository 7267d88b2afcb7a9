"""One run as a page or an answer shows it: the plan and the journal side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from domains.orchestration import codec
from domains.orchestration.failures import masked
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.plan import Plan, PlannedStep
from domains.orchestration.states import CLAIMED, Phase, RunState, StepState


@dataclass(frozen=True, slots=True)
class StepView:
    """A planned step and what became of it. `state` is waiting, running, done, failed, interrupted, undoing, undone or
    undo_failed.

    Times are aware; `duration` is in seconds, of the forward call. `total` is None while it is unknown.
    """

    number: int
    title: str
    name: str
    kind: str
    state: str
    attempt: int
    started: datetime | None
    ended: datetime | None
    duration: float | None
    done: int | None
    total: int | None
    note: str
    keys: tuple[str, ...]
    error: dict[str, Any] | None
    has_rollback: bool
    undone: Step | None


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with all that belongs to it. `result` and `args` are decoded, `args` without secrets.

    `current` is the step that runs or is undone now, None before and after.
    """

    run: Run
    steps: Sequence[StepView]
    current: StepView | None
    log: Sequence[RunLog]
    result: Any
    args: dict[str, Any]

    @property
    def done_count(self) -> int:
        """How many steps have been carried out and not been undone."""
        return sum(step.state == "done" for step in self.steps)


def detail(run: Run, rows: Sequence[Step], log: Sequence[RunLog]) -> RunDetail:
    """Put the parts of a run together."""
    forward = {row.seq: row for row in rows if row.phase == Phase.FORWARD}
    back = {row.seq: row for row in rows if row.phase == Phase.BACK}
    views: list[StepView] = []
    for seq, step in enumerate(Plan.from_json(run.plan).steps):
        before = views[-1].ended if views else run.started
        views.append(_view(run, seq, step, forward.get(seq), back.get(seq), before))
    moving = run.state in CLAIMED and 0 <= run.cursor < len(views)
    current = views[run.cursor] if moving else None
    return RunDetail(run, views, current, log, codec.decode(run.result), masked(codec.decode(run.args)))


def _view(
    run: Run, seq: int, step: PlannedStep, row: Step | None, undone: Step | None, before: datetime | None
) -> StepView:
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
        started=started,
        ended=ended,
        duration=None if started is None else ((ended or run.ended or timezone.now()) - started).total_seconds(),
        done=row.progress_done if row else None,
        total=row.progress_total if row else None,
        note=row.progress_note if row else "",
        keys=tuple(row.delta) if row else (),
        error=row.error if row else None,
        has_rollback=bool(step.rollback),
        undone=undone,
    )


def _state(run: Run, seq: int, row: Step | None, undone: Step | None) -> str:
    if undone:
        return "undone" if undone.state == StepState.DONE else "undo_failed"
    if run.state == RunState.ROLLING_BACK and seq == run.cursor:
        return "undoing"
    if row and row.state != StepState.STARTED:
        return str(row.state)
    if run.state == RunState.RUNNING and seq == run.cursor:
        return "running"
    return "interrupted" if row else "waiting"
