"""When each step of a run ran, as bars on one scale, with the scale's ticks. Pure but for the clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboards.shell.figures import duration
from domains.orchestration.reads import RunDetail, StepView

LEAST = 0.6
TICKS = 5
EDGE = 88.0
STEPS_S = (
    *(base * scale for scale in (0.001, 0.01, 0.1, 1.0) for base in (1, 2, 5)),
    *(10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21_600.0, 43_200.0),
)
DAY_S = 86_400.0
WORDS = {
    "done": "done",
    "failed": "failed",
    "running": "running",
    "earlier": "earlier attempts",
    "wait": "waiting",
    "undone": "undone",
    "undoing": "being undone",
    "undo_failed": "could not be undone",
}
"""The kinds of bars, in the order of the legend."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`x` and `width` are percent of the run's time; `kind` is one of WORDS; `words` say the same with figures."""

    x: float
    width: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the scale: its place in percent, how long after the start, and where its label begins."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A step and its bars: waiting, earlier attempts, the call, and the rollback if there was one."""

    step: StepView
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One row a step, in the order of the plan; `kinds` are those that stand in it, with their words."""

    rows: Sequence[TimelineRow]
    ticks: Sequence[Tick]
    kinds: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Span:
    """The time that the chart covers."""

    start: datetime
    seconds: float

    def bar(self, begun: datetime, ended: datetime | None, kind: str) -> Bar:
        left = min(max((begun - self.start).total_seconds(), 0.0), self.seconds)
        right = self.seconds if ended is None else min((ended - self.start).total_seconds(), self.seconds)
        width = max(100.0 * (right - left) / self.seconds, LEAST)
        x = min(100.0 * left / self.seconds, 100.0 - width)
        words = f"{WORDS[kind]} from {duration(left)} on for {duration(max(right - left, 0.0))}"
        return Bar(round(x, 2), round(width, 2), kind, words)


def timeline(detail: RunDetail) -> Timeline:
    """The chart of a run, from its start to its end or to now."""
    run = detail.run
    start = run.started or run.created
    span = _Span(start, max(((run.ended or timezone.now()) - start).total_seconds(), 0.001))
    rows = [TimelineRow(step, list(_bars(detail, step, span))) for step in detail.steps]
    there = {bar.kind for row in rows for bar in row.bars}
    return Timeline(
        rows, ticks(span.seconds) if run.started else [], [(kind, WORDS[kind]) for kind in WORDS if kind in there]
    )


def ticks(seconds: float) -> list[Tick]:
    """At most six round moments from the start on, and the first."""
    step = next((step for step in STEPS_S if seconds / step <= TICKS), 0.0)
    if not step:
        step = DAY_S * max(1, round(seconds / TICKS / DAY_S))
    found = []
    for number in range(int(seconds / step) + 1):
        x = 100.0 * number * step / seconds
        anchor = "start" if number == 0 else "end" if x > EDGE else "middle"
        found.append(Tick(round(x, 2), duration(number * step) if number else "0", anchor))
    return found


def _bars(detail: RunDetail, step: StepView, span: _Span) -> Iterator[Bar]:
    before = detail.steps[step.number - 2].ended if step.number > 1 else detail.run.started
    if step.started:
        if step.attempt > 1 and before and step.started > before:
            yield span.bar(before, step.started, "earlier")
        yield span.bar(step.started, _ended(detail, step), _kind(step))
        if step.state == "retrying":
            yield span.bar(step.ended or step.started, None, "wait")
    if step.undone:
        yield span.bar(step.undone.started, step.undone.ended, step.state)


def _ended(detail: RunDetail, step: StepView) -> datetime | None:
    """When the call was over, as far as it is known; an interrupted one is drawn up to the run's end."""
    if step.state == "retrying":
        return step.ended or step.started
    return detail.run.ended if step.state in ("running", "children", "interrupted") else step.ended


def _kind(step: StepView) -> str:
    if step.state in ("running", "children"):
        return "running" if step.state == "running" else "wait"
    return "failed" if step.error or step.state == "interrupted" else "done" if step.ended else "running"
