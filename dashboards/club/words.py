"""Figures of a community in words: amounts, growth, movements. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domains.club.reads import Growth, Line, Span, Window, change

AGO = {"day": "the day before", "week": "a week before", "month": "a month before"}


@dataclass(frozen=True, slots=True)
class Move:
    """Something that went up or down: `icon` is a symbol, "" for no change; `short` such as "+40", `words` a phrase."""

    icon: str
    short: str
    words: str


def amount(value: float | None) -> str:
    """A figure with separators, with one digit after the point where it is not whole; a dash for none."""
    if value is None:
        return "–"
    return f"{round(value):,}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:,.1f}"


def share(value: float | None) -> str:
    """A share of the whole in percent; a dash for none."""
    return "–" if value is None else f"{100 * value:.{1 if abs(value) < 0.1 else 0}f}%"


def signed(value: float) -> str:
    """A change with its sign."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{amount(abs(value))}"


def more_or_fewer(growth: Growth) -> str:
    """A change as a phrase: "40 more (+3.3%)", "2 fewer" with its share, "unchanged"."""
    if not growth.change:
        return "unchanged"
    words = f"{amount(abs(growth.change))} {'more' if growth.change > 0 else 'fewer'}"
    if growth.share is None:
        return words
    return f"{words} ({'+' if growth.share > 0 else '−'}{share(abs(growth.share))})"


def move(growth: Growth | None, than: str) -> Move:
    """Growth against some time, which `than` names."""
    if growth is None:
        return Move("", "–", f"No figure was collected {than}.")
    joined = "than" if growth.change else "since"
    return Move(arrow(growth.change), signed(growth.change), f"{more_or_fewer(growth)} {joined} {than}")


def percent(growth: Growth | None, than: str) -> Move:
    """The same as a share of what there was, where that was something."""
    whole = move(growth, than)
    if growth is None or growth.share is None:
        return whole
    return Move(whole.icon, f"{'−' if growth.share < 0 else '+'}{share(abs(growth.share))}", whole.words)


def arrow(value: float) -> str:
    """The symbol of a direction, "" for none."""
    return "arrow-up" if value > 0 else "arrow-down" if value < 0 else ""


def places_moved(moved: int | None, before: int | None, since: date | None) -> Move:
    """How a rank has changed since a day."""
    if since is None:
        return Move("", "–", "There is no earlier ranking.")
    if moved is None or before is None:
        return Move("plus", "new", f"not ranked on {day(since)}")
    if not moved:
        return Move("", "=", f"the same place as on {day(since)}")
    places = f"{abs(moved)} place{'' if abs(moved) == 1 else 's'}"
    return Move(arrow(moved), str(abs(moved)), f"{'up' if moved > 0 else 'down'} {places}, from {before}")


def day(value: date) -> str:
    """A day as pages show it: "21 Nov 2026"."""
    return f"{value.day} {value:%b %Y}"


def trend(line: Line, window: Window, unit: str) -> str:
    """A line in sentences: how it stands, how it has moved, and how it moved in the period before."""
    known = [value for value in line.values if value is not None]
    if not known:
        return "Nothing was collected in this time."
    said = [f"{amount(known[-1])} {unit}."]
    moved = change(line.values)
    if moved is not None:
        begin = f"In {these(window.span)}" if window.is_whole else f"Since {day(window.days[0])}"
        said.append(f"{begin}: {_moved(moved, known[0])}.")
    if not window.before or not window.is_whole:
        return " ".join(said)
    earlier = change(line.before)
    begun = next((value for value in line.before if value is not None), 0.0)
    before = _moved(earlier, begun) if earlier is not None else "no figures"
    return " ".join([*said, f"In the {window.span.words} before: {before}."])


def beginning(window: Window) -> str:
    """The first day that is shown, as something to compare with."""
    return f"on {day(window.days[0])}"


def covered(window: Window) -> str:
    """The time that is shown: "30 days", "since 24 Aug 2026"."""
    return window.span.words if window.is_whole else f"since {day(window.days[0])}"


def these(span: Span) -> str:
    """A span within a sentence."""
    return f"these {span.words}" if span.points else f"the {span.words}"


def _moved(change: float, begun: float) -> str:
    return more_or_fewer(Growth(begun, change, change / begun if begun else None))


def listed(parts: Sequence[str]) -> str:
    """Words as a list: "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
