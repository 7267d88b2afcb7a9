"""The rows of public documents. Pure: made from figures that were looked up before.

Several applications together are ranked anew over all their members. An account that is present in two applications is
a member of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domains.club import digest
from domains.club.metrics import METRICS
from domains.club.models import Feature, FeaturePoint, HeroPoint
from domains.club.rankings import Ranked, RankedItem, competition_ranks
from domains.club.rules import PERIODS, growth, movement

Row = dict[str, Any]
MOST_MEMBERS, MOST_ITEMS = 1000, 200
"""How many rows a document has at most, the most present ones."""
DIGITS = 6


@dataclass(frozen=True, slots=True)
class HeroState:
    """An application's hero metrics on one day. `before` are the figures that they are compared with, by period."""

    point: HeroPoint
    before: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Person:
    """All that readers may know of a member: a made-up id, and the name, "" where names are not told."""

    id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class FeatureState:
    """Who and what is present in a feature on one day; `before` are the rankings that it is compared with."""

    feature: Feature
    point: FeaturePoint
    ranking: Sequence[Ranked]
    items: Sequence[RankedItem]
    before: Mapping[str, Sequence[Ranked]] = field(default_factory=dict)

    @property
    def as_of(self) -> str:
        """The time of the oldest figures in it."""
        return min(self.point.stale.values(), default=said(self.point.collected))


def said(moment: datetime) -> str:
    """A time as documents write it."""
    return moment.isoformat(timespec="seconds")


def plain(value: float) -> float:
    """A whole number without a decimal point, any other with few digits."""
    return int(value) if value == int(value) else round(value, DIGITS)


def share(value: float | None) -> float | None:
    """A share with few digits."""
    return None if value is None else round(value, DIGITS)


def hero_rows(state: HeroState) -> list[Row]:
    """One row a metric, in the order of the metrics."""
    return [_hero_row(state, name) for name in METRICS if name in state.point.figures]


def _hero_row(state: HeroState, name: str) -> Row:
    point, metric = state.point, METRICS[name]
    value = point.figures[name]
    return {
        "application": point.application,
        "metric": name,
        "title": metric.title,
        "unit": metric.unit,
        "value": plain(value),
        "growth": {period: _growth(value, state.before.get(period, {}).get(name)) for period in PERIODS},
        "as_of": point.stale.get(name, said(point.collected)),
        "stale": name in point.stale,
        "sources": list(point.sources.get(name, ())),
    }


def _growth(now: float, before: float | None) -> Row | None:
    found = growth(now, before)
    if found is None:
        return None
    return {"from": plain(found.before), "change": plain(found.change), "share": share(found.share)}


def feature_row(states: Sequence[FeatureState], ranking: Sequence[Ranked], application: str, address: str) -> Row:
    """The totals of a feature, of one application or ("") of several that have it."""
    totals = digest.totals(ranking)
    return {
        "application": application or None,
        "slug": states[0].feature.slug,
        "name": states[0].feature.name,
        "members": totals.members,
        "contributions": plain(totals.contributions),
        "top_ten_share": share(totals.top_share),
        "gini": share(totals.gini),
        "new_members": sum(state.point.new for state in states),
        "returning_members": sum(state.point.returning for state in states),
        "day": newest_day(states).isoformat(),
        "as_of": min(state.as_of for state in states),
        "stale": any(state.point.stale for state in states),
        "most_present": address,
    }


def newest_day(states: Iterable[FeatureState]) -> date:
    """The day of the newest of these figures."""
    return max(state.point.at for state in states)


def together(rankings: Sequence[Sequence[Ranked]]) -> list[Ranked]:
    """One ranking of all these members; of those with equal scores, the one of the earlier ranking stands first."""
    if len(rankings) == 1:
        return list(rankings[0])
    rows = sorted((row for ranking in rankings for row in ranking), key=lambda row: -row.score)
    ranks = competition_ranks([row.score for row in rows])
    return [Ranked(row.member, rank, row.score, row.figures) for row, rank in zip(rows, ranks, strict=True)]


def member_rows(states: Sequence[FeatureState], ranking: Sequence[Ranked], people: Mapping[int, Person]) -> list[Row]:
    """The most present members, as far as they are among the people: whoever was erased is not."""
    before = {period: _ranks_before(states, period) for period in PERIODS}
    total = sum(row.score for row in ranking)
    return [
        _member_row(row, people[row.member], before, total) for row in ranking[:MOST_MEMBERS] if row.member in people
    ]


def _ranks_before(states: Sequence[FeatureState], period: str) -> dict[int, int]:
    """The ranks that these are compared with: none unless every application was collected then, since a ranking that
    lacks some of the members has other ranks.
    """
    rankings = [state.before[period] for state in states if period in state.before]
    return {row.member: row.rank for row in together(rankings)} if len(rankings) == len(states) else {}


def _member_row(row: Ranked, person: Person, before: Mapping[str, Mapping[int, int]], total: float) -> Row:
    name = {"name": person.name} if person.name else {}
    return {
        "rank": row.rank,
        "movement": {period: movement(row.rank, ranks.get(row.member)) for period, ranks in before.items()},
        "id": person.id,
        **name,
        "score": plain(row.score),
        "share": share(row.score / total),
        "figures": {key: plain(value) for key, value in row.figures.items()},
    }


def item_rows(states: Sequence[FeatureState]) -> list[Row]:
    """The most present things. Only addresses of the web are told."""
    rows = sorted((row for state in states for row in state.items), key=lambda row: -row.score)
    ranks = competition_ranks([row.score for row in rows])
    return [
        {
            "rank": rank,
            "title": row.title,
            "url": digest.safe_url(row.url) or None,
            "score": plain(row.score),
            "figures": {key: plain(value) for key, value in row.figures.items()},
        }
        for row, rank in zip(rows[:MOST_ITEMS], ranks[:MOST_ITEMS], strict=True)
    ]
