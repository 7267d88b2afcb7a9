"""Charts of figures over time, in the form that vault.js draws, and as rows for CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from domains.club.reads import Line, Window

TONES = ("accent", "ok", "warn", "bad", "muted")


@dataclass(frozen=True, slots=True)
class FigureChart:
    """One chart: `name` stands in addresses and file names, `words` says the same as the lines.

    `days` are those of the slots; `columns` the lines by their label, with nothing where nothing was collected.
    """

    name: str
    title: str
    icon: str
    words: str
    days: Sequence[date]
    columns: Mapping[str, Sequence[Any]]
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id on the page."""
        return f"chart-{self.name}"

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return all(value is None for values in self.columns.values() for value in values)

    @property
    def headings(self) -> list[str]:
        """The heading line of its CSV."""
        return [self.data["days"], *self.columns]

    def records(self) -> Iterator[list[Any]]:
        """The rows of its CSV, one for each slot."""
        for day, *values in zip(self.days, *self.columns.values(), strict=True):
            yield [day, *values]


def compared(name: str, title: str, icon: str, line: Line, window: Window, *, words: str) -> FigureChart:
    """A line beside the period before, which is drawn with dashes in the same place."""
    before = f"The {window.span.words} before"
    columns: dict[str, Sequence[Any]] = {title: line.values}
    drawn: list[dict[str, Any]] = [{"label": title, "tone": "accent", "values": line.values}]
    if any(value is not None for value in line.before):
        columns |= {f"{slot_name(window)} (before)": window.before, before: line.before}
        drawn.append({"label": before, "tone": "muted", "dash": True, "values": line.before})
    return FigureChart(name, title, icon, words, window.days, columns, _data(window, drawn))


def side_by_side(
    name: str, title: str, icon: str, lines: Mapping[str, Sequence[float | None]], window: Window, *, words: str
) -> FigureChart:
    """Some lines in one chart, each in its tone."""
    drawn = [
        {"label": label, "tone": TONES[place % len(TONES)], "values": values}
        for place, (label, values) in enumerate(lines.items())
    ]
    return FigureChart(name, title, icon, words, window.days, dict(lines), _data(window, drawn))


def slot_name(window: Window) -> str:
    """What the days of the slots are called: a week stands under its Monday."""
    return "Week of" if window.span.every == "week" else "Day"


def _data(window: Window, drawn: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    at = [int(datetime.combine(day, time(), UTC).timestamp()) for day in window.days]
    return {"x": at, "series": drawn, "span": True, "days": slot_name(window), "fit": True}
