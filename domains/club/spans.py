"""Spans of time that figures are shown over, and the slots that their points stand in. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from domains.club.models.figures import Every

MOST_SLOTS = 1_040
"""Twenty years of weeks: of more, the newest are shown."""


@dataclass(frozen=True, slots=True)
class Span:
    """`name` stands in addresses. `points` of `every` each make it up; None means all that are kept."""

    name: str
    title: str
    words: str
    every: Every
    points: int | None

    @property
    def step(self) -> timedelta:
        """From one point to the next."""
        return timedelta(days=7 if self.every == Every.WEEK else 1)

    def newest(self, until: date) -> date:
        """What the point of this day is kept under."""
        return until - timedelta(days=until.weekday()) if self.every == Every.WEEK else until


SPANS = {
    span.name: span
    for span in (
        Span("7", "7 days", "7 days", Every.DAY, 7),
        Span("30", "30 days", "30 days", Every.DAY, 30),
        Span("90", "90 days", "90 days", Every.DAY, 90),
        Span("year", "A year", "52 weeks", Every.WEEK, 52),
        Span("all", "All", "whole time", Every.WEEK, None),
    )
}
USUAL = SPANS["30"]


@dataclass(frozen=True, slots=True)
class Window:
    """The slots of a span, oldest first, and those of the period before, which is as long or empty.

    Where figures begin within the span, so do its slots.
    """

    span: Span
    days: Sequence[date]
    before: Sequence[date]

    @property
    def is_whole(self) -> bool:
        """Whether figures reach back to the beginning of the span."""
        return len(self.days) == self.span.points


def earliest(span: Span, until: date) -> date | None:
    """The first slot of the period before; None when everything is wanted."""
    return None if span.points is None else span.newest(until) - span.step * (2 * span.points - 1)


def window(span: Span, until: date, first: date | None) -> Window:
    """The slots up to this day. `first` is what the oldest point that there is stands under."""
    newest = span.newest(until)
    known = (newest - first) // span.step + 1 if first else 1
    if span.points is None:
        return Window(span, _slots(newest, span.step, min(MOST_SLOTS, known)), ())
    both = _slots(newest, span.step, 2 * span.points)
    empty = max(0, span.points - known)
    return Window(span, both[span.points + empty :], both[empty : span.points])


def _slots(newest: date, step: timedelta, count: int) -> list[date]:
    return [newest - step * ago for ago in reversed(range(count))]
