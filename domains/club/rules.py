"""What Club computes of figures, and how features are named. Pure: no tables, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

COLLECT_KEY = "club.collect"
"""The key of a collection of everything; one of a part has a key that begins so."""
RESERVED = frozenset({"hero-metrics", "features", "index", "history", "openapi.json", "snapshots"})
"""Words of public addresses, which no feature can be called."""
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
SLUG_LENGTH = 100
PERIODS = {"day": 1, "week": 7, "month": 30}
"""What figures are compared against, in days before."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How a figure has changed: from `before` by `change`; `share` is the change divided by `before`, None for 0."""

    before: float
    change: float
    share: float | None


def collect_key(app: str, feature: str) -> str:
    """The key of a collection: while one about the same is under way, no second one is started."""
    return ":".join(filter(None, (COLLECT_KEY, app, feature)))


def growth(now: float, before: float | None) -> Growth | None:
    """How a figure has grown since it was `before`; None when that is not known."""
    if before is None:
        return None
    change = now - before
    return Growth(before, change, change / before if before else None)


def gini(scores: Iterable[float]) -> float | None:
    """How unequal scores above 0 are: 0 when all are equal, near 1 when one has everything; None without scores.

    With n scores x in ascending order, counted from 1: G = 2 Σ i·x / (n Σ x) - (n + 1) / n, as in C. Dagum, "Gini
    ratio", The New Palgrave Dictionary of Economics, 1987.
    """
    ascending = sorted(score for score in scores if score > 0)
    total, count = sum(ascending), len(ascending)
    if not count:
        return None
    weighted = sum(place * score for place, score in enumerate(ascending, 1))
    return max(0.0, 2 * weighted / (count * total) - (count + 1) / count)


def top_share(scores: Iterable[float], top: int = 10) -> float | None:
    """The share that the `top` highest scores have in the sum of all above 0; None without scores."""
    descending = sorted((score for score in scores if score > 0), reverse=True)
    total = sum(descending)
    return min(1.0, sum(descending[:top]) / total) if descending else None


def movement(rank_now: int, rank_before: int | None) -> int | None:
    """By how many places somebody has moved up, below 0 for down; None for somebody who was not ranked before."""
    return None if rank_before is None else rank_before - rank_now


def compared(days: Sequence[date], day: date) -> dict[str, date | None]:
    """With which of the `days` the figures of a day are compared, by name of the period, None for with none.

    It is the last one that lies at least the period back, and less than two: a day without a collection is bridged,
    and a longer gap is not called a week.
    """
    found: dict[str, date | None] = {}
    for name, length in PERIODS.items():
        latest, earliest = day - timedelta(days=length), day - timedelta(days=2 * length)
        found[name] = max((each for each in days if earliest < each <= latest), default=None)
    return found


def monday(day: date) -> date:
    """The Monday of that day's week: what a week's point is kept under."""
    return day - timedelta(days=day.weekday())


def month_start(day: date) -> date:
    """The first day of that day's month: what a month's point is kept under."""
    return day.replace(day=1)


def is_new(first_day: date, start: date) -> bool:
    """Whether a member who was first present that day is new in the period that begins at `start`."""
    return first_day >= start


def is_returning(first_day: date, start: date, *, was_present: bool) -> bool:
    """Whether a member who is present now is back: present some time, and not in the period before."""
    return not was_present and not is_new(first_day, start)


def slug_fault(slug: str) -> str:
    """Why a feature cannot be called so in addresses; "" when it can."""
    if not SLUG.fullmatch(slug) or len(slug) > SLUG_LENGTH:
        return f"Use small letters, digits and single hyphens between them, {SLUG_LENGTH} characters at most."
    if slug in RESERVED:
        return f"“{slug}” is a word of the public addresses; choose another one."
    return ""
