"""Runs that ended in each of the last minutes, as bars of SVG: done below, what failed on top. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domains.orchestration.reads import Minute

HEIGHT = 100.0
GAP = 0.3
LABELS = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """One rectangle, in percent of the chart; `kind` is done, failed or cancelled."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`most` is the largest number of a minute, the top of the scale; `summary` says the whole in words."""

    pieces: Sequence[Piece]
    most: int
    done: int
    failed: int
    cancelled: int
    marks: Sequence[tuple[float, Minute]]

    @property
    def total(self) -> int:
        """How many runs have ended."""
        return self.done + self.failed + self.cancelled

    @property
    def summary(self) -> str:
        """The figures in a sentence."""
        cancelled = f", {self.cancelled:,} cancelled" if self.cancelled else ""
        return f"{self.done:,} done, {self.failed:,} failed{cancelled}; at most {self.most:,} in a minute"


def chart(minutes: Sequence[Minute]) -> Chart:
    """The chart of these minutes, oldest first."""
    most = max((m.done + m.failed + m.cancelled for m in minutes), default=0)
    pieces = [piece for index, minute in enumerate(minutes) for piece in _stack(index, minute, len(minutes), most)]
    every = max(1, len(minutes) // LABELS)
    marks = [(round(100.0 * i / len(minutes), 2), minutes[i]) for i in range(0, len(minutes), every)]
    done, failed = sum(m.done for m in minutes), sum(m.failed for m in minutes)
    return Chart(pieces, most, done, failed, sum(m.cancelled for m in minutes), marks)


def _stack(index: int, minute: Minute, count: int, most: int) -> Iterator[Piece]:
    top = HEIGHT
    slot = 100.0 / count
    for kind, value in (("done", minute.done), ("cancelled", minute.cancelled), ("failed", minute.failed)):
        if value:
            height = HEIGHT * value / most
            top -= height
            yield Piece(round(index * slot + GAP / 2, 2), round(top, 2), round(slot - GAP, 2), round(height, 2), kind)
