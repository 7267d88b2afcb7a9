"""What several sources say about one part, as one: added up, ranked and measured. Pure.

Sources are taken in the order of their names, so that the result does not depend on who answered first.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from domains.club import rules
from domains.club.rankings import Ranked, RankedItem, competition_ranks
from domains.club.readings import Item, Presence, Reading

KEY_LENGTH, NAME_LENGTH, URL_LENGTH = 300, 200, 500
P = TypeVar("P", Presence, Item)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contribution:
    """A reading with the source it is from: its name, its kind and `place`, which tells its accounts apart from those
    of other sources. `stale_since` is the time of the reading when it is not of this collection, else None.
    """

    source: str
    kind: str
    place: str
    reading: Reading
    stale_since: datetime | None = None

    def account(self, key: str) -> str:
        """The key of an account among all sources. A kind may say itself where its accounts are, by keys that begin
        with its name, such as `discourse:forum.example.org:123`: then two sources may speak of the same account.
        """
        full = key if key.startswith(f"{self.kind}:") else f"{self.kind}:{self.place}:{key}"
        full = clean(full)
        return full if len(full) <= KEY_LENGTH else f"{self.kind}:{hashlib.sha256(full.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Merged:
    """Who and what is present in a feature, best first; members carry the keys of `Contribution.account`.

    `stale` holds, by name of the source, the time of figures that could not be collected again.
    """

    members: Sequence[Presence] = ()
    items: Sequence[RankedItem] = ()
    stale: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a ranking amounts to: see `FeaturePoint`."""

    members: int
    contributions: float
    top_share: float | None
    gini: float | None


def merge(contributions: Iterable[Contribution]) -> Merged:
    """Add up what the sources say about a feature. Only scores above 0 are present."""
    members: dict[str, Presence] = {}
    items: dict[str, Item] = {}
    stale: dict[str, str] = {}
    for each in in_order(contributions):
        for presence in each.reading.members:
            _add(members, each.account(presence.key), _tidy(presence))
        for item in each.reading.items:
            _add(items, each.account(item.key), Item(item.key, clean(item.title), item.score, item.figures, item.url))
        if each.stale_since:
            stale[each.source] = each.stale_since.isoformat()
    return Merged(_best_first(members.values()), _ranked_items(_best_first(items.values())), stale)


@dataclass(frozen=True, slots=True)
class Hero:
    """The hero metrics of all sources added up. By name of the metric: its figure, the oldest time of a stale part of
    it, and the names of the sources that have said it.
    """

    figures: dict[str, float]
    stale: dict[str, str]
    sources: dict[str, list[str]]


def merge_hero(contributions: Iterable[Contribution]) -> Hero:
    """What all sources together say of the hero metrics."""
    figures: dict[str, float] = {}
    stale: dict[str, str] = {}
    sources: dict[str, list[str]] = {}
    for each in in_order(contributions):
        for name, value in sorted(each.reading.hero.items()):
            figures[name] = figures.get(name, 0) + value
            sources.setdefault(name, []).append(each.source)
            if each.stale_since:
                said = each.stale_since.isoformat()
                stale[name] = min(said, stale.get(name, said))
    return Hero(dict(sorted(figures.items())), dict(sorted(stale.items())), sources)


def in_order(contributions: Iterable[Contribution]) -> list[Contribution]:
    """Sorted by the name of the source."""
    return sorted(contributions, key=lambda each: each.source)


def ranking(members: Sequence[Presence], pks: Mapping[str, int]) -> list[Ranked]:
    """The ranking of members, who come best first; `pks` holds the primary keys of their rows by key."""
    ranks = competition_ranks([each.score for each in members])
    return [
        Ranked(pks[each.key], rank, each.score, dict(sorted(each.figures.items())))
        for each, rank in zip(members, ranks, strict=True)
    ]


def without(rows: Iterable[Ranked], member: int) -> list[Ranked]:
    """The ranking as it would be had this member never been in it."""
    left = [row for row in rows if row.member != member]
    ranks = competition_ranks([row.score for row in left])
    return [Ranked(row.member, rank, row.score, row.figures) for row, rank in zip(left, ranks, strict=True)]


def totals(rows: Sequence[Ranked]) -> Totals:
    """What a ranking amounts to."""
    scores = [row.score for row in rows]
    return Totals(len(rows), sum(scores), rules.top_share(scores), rules.gini(scores))


def digest_of(packed: bytes) -> str:
    """The SHA-256 of a packed reading, which tells whether a source says the same."""
    return hashlib.sha256(packed).hexdigest()


def clean(text: str) -> str:
    """The text without control characters, which no database and no page wants."""
    return _CONTROL.sub(" ", text).strip()


def _tidy(presence: Presence) -> Presence:
    name = clean(presence.name)[:NAME_LENGTH]
    return Presence(presence.key, name, presence.score, presence.figures, safe_url(presence.url))


def safe_url(url: str) -> str:
    """The address if it is one of the web that a page may link to, else ""."""
    return url if len(url) <= URL_LENGTH and _WEB.match(url) and not _CONTROL.search(url) else ""


def _add(found: dict[str, P], key: str, row: P) -> None:
    """Add a row to the one of the same key; name and address are those of the first source."""
    if row.score <= 0:
        return
    known = found.get(key)
    figures = dict(known.figures) if known else {}
    for name, value in row.figures.items():
        figures[name] = figures.get(name, 0) + value
    score = row.score + (known.score if known else 0)
    label, url = (_label(known), known.url or row.url) if known else (_label(row), row.url)
    found[key] = type(row)(key, label or _label(row), score, figures, url)


def _label(row: Presence | Item) -> str:
    return row.name if isinstance(row, Presence) else row.title


def _best_first(rows: Iterable[P]) -> list[P]:
    return sorted(rows, key=lambda row: (-row.score, row.key))


def _ranked_items(rows: Sequence[Item]) -> list[RankedItem]:
    ranks = competition_ranks([row.score for row in rows])
    return [
        RankedItem(row.key, rank, row.score, row.title, safe_url(row.url), dict(sorted(row.figures.items())))
        for row, rank in zip(rows, ranks, strict=True)
    ]
