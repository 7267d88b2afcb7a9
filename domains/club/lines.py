"""Figures over time, put into the slots of a window. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domains.club.spans import Window


@dataclass(frozen=True, slots=True)
class Line:
    """A figure in each slot of a window, and in each of the period before; None where nothing was collected."""

    values: Sequence[float | None]
    before: Sequence[float | None]


def line(slots: Window, by_day: Mapping[date, float | None]) -> Line:
    """What is known, in the slots of the window."""
    return Line([by_day.get(day) for day in slots.days], [by_day.get(day) for day in slots.before])


def added(lines: Sequence[Line]) -> Line:
    """The sum of some lines. Where one has nothing and another has, the first one's last known figure counts."""
    return Line(_sum([each.values for each in lines]), _sum([each.before for each in lines]))


def change(values: Sequence[float | None]) -> float | None:
    """The last known figure less the first; None with fewer than two."""
    known = [value for value in values if value is not None]
    return known[-1] - known[0] if len(known) > 1 else None


def _sum(lines: Sequence[Sequence[float | None]]) -> list[float | None]:
    last: Sequence[float | None] = [None] * len(lines)
    total: list[float | None] = []
    for slot in zip(*lines, strict=True):
        missing = slot.count(None)
        last = slot if not missing else [old if now is None else now for now, old in zip(slot, last, strict=True)]
        total.append(None if missing == len(slot) else sum(value for value in last if value is not None))
    return total
