"""When each step of a run ran, as bars on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from domains.orchestration.reads import RunDetail, StepView

WIDTH = 1000
LEAST = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and `width` are thousandths of the run's time; `kind` is done, failed, running, undone or undo_failed."""

    x: int
    width: int
    kind: str


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A step and its bars: the call, and the rollback if there was one."""

    step: StepView
    bars: Sequence[Bar]


def timeline(detail: RunDetail) -> list[TimelineRow]:
    """One row a step, in the order of the plan."""
    start = detail.run.started or timezone.now()
    span = max(((detail.run.ended or timezone.now()) - start).total_seconds(), 0.001)
    return [TimelineRow(step, _bars(step, start, span)) for step in detail.steps]


def _bars(step: StepView, start: datetime, span: float) -> list[Bar]:
    bars = []
    if step.started:
        kind = "failed" if step.error else "done" if step.ended else "running"
        bars.append(_bar(step.started, step.ended, kind, start, span))
    if step.undone:
        kind = "undone" if step.undone.state == "done" else "undo_failed"
        bars.append(_bar(step.undone.started, step.undone.ended, kind, start, span))
    return bars


def _bar(begun: datetime, ended: datetime | None, kind: str, start: datetime, span: float) -> Bar:
    left = round(WIDTH * max((begun - start).total_seconds(), 0.0) / span)
    right = WIDTH if ended is None else round(WIDTH * (ended - start).total_seconds() / span)
    width = max(min(right, WIDTH) - left, LEAST)
    return Bar(min(left, WIDTH - width), width, kind)
