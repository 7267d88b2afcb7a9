"""Values that came from outside, made fit to be kept: no endless texts, no odd numbers, no links but to pages. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from domains.club.metrics import METRICS
from domains.club.readings import Item, Presence, Reading
from domains.club.sources.errors import Unreadable

NAME, KEY, TITLE, LINK, FIGURES = 200, 250, 300, 500, 20
MOST_ROWS = 50_000
MOST_NUMBER = 1e15
UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]+")
"""Control characters, halves of characters, and marks that turn the direction of what follows."""


def text(value: object, most: int = NAME) -> str:
    """A line of text of at most `most` characters, from a text or a number; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return UNFIT.sub(" ", str(value)).strip()[:most].strip()


def number(value: object) -> float | None:
    """A finite number, also from a text such as "1200"; None for anything else. Whole ones come as whole ones."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(found) or abs(found) > MOST_NUMBER:
        return None
    return int(found) if found.is_integer() else found


def whole(value: object) -> int | None:
    """A whole number, such as that of an account; None for anything else."""
    found = number(value)
    return found if isinstance(found, int) else None


def link(value: object) -> str:
    """The address of a page, "" for what is none."""
    found = text(value, LINK + 1)
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    return found if parts.scheme in {"http", "https"} and parts.netloc and len(found) <= LINK else ""


def figures(values: Mapping[str, object]) -> dict[str, float]:
    """Those that are numbers, by name, at most FIGURES."""
    found = {text(name, 60): number(value) for name, value in values.items()}
    return dict(list({name: value for name, value in found.items() if name and value is not None}.items())[:FIGURES])


def mapping(value: object, what: str) -> Mapping[str, Any]:
    """The value, if it is an object of JSON. Raises Unreadable: `what` is what should have been one."""
    if not isinstance(value, Mapping):
        raise Unreadable(f"{what} has another form than expected: an object was to come.")
    return value


def rows(value: object, what: str) -> list[Mapping[str, Any]]:
    """The value, if it is a list of objects of JSON. Raises Unreadable."""
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise Unreadable(f"{what} has another form than expected: a list of objects was to come.")
    return value


def tidy(
    hero: Mapping[str, object] | None = None,
    members: Iterable[Presence] = (),
    items: Iterable[Item] = (),
    notes: Iterable[str] = (),
) -> Reading:
    """A reading in its final form: known metrics only, one row for each key (the highest score), best first.

    Equal sets of rows give equal readings, in whatever order they came.
    """
    known = {name: value for name, value in figures(hero or {}).items() if name in METRICS and value >= 0}
    said = [text(note, 300) for note in dict.fromkeys(notes)]
    people, things = _best(members), _best(items)
    if max(len(people), len(things)) > MOST_ROWS:
        said.append(f"Only the first {MOST_ROWS:,} of {max(len(people), len(things)):,} rows are kept.")
    return Reading(dict(sorted(known.items())), people[:MOST_ROWS], things[:MOST_ROWS], said)


def _best(found: Iterable[Any]) -> list[Any]:
    ordered = sorted((each for each in found if each.key), key=lambda each: (-each.score, each.key))
    first: dict[str, Any] = {}
    for each in ordered:
        first.setdefault(each.key, each)
    return list(first.values())
