"""Figures as they were on a day, looked up for public documents with what they are compared with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from domains.club.models import Feature, HeroPoint, LastReading
from domains.club.models.figures import Every
from domains.club.public_rows import FeatureState, HeroState, Row, said
from domains.club.rankings import unpack_items, unpack_ranking
from domains.club.rules import PERIODS, compared
from domains.club.service import feature_points, hero_points, last_readings

FARTHEST = timedelta(days=2 * max(PERIODS.values()))
"""So far back lies what figures are compared with at most."""


def hero_state(application: str, day: date | None = None) -> HeroState | None:
    """The newest hero metrics of an application, or those of a day; None when there are none. At most two queries."""
    at = day or _newest_hero_day(application)
    if at is None:
        return None
    points = {point.at: point for point in hero_points.days(application, at - FARTHEST, at)}
    if at not in points:
        return None
    earlier = compared(list(points), at)
    before = {period: _comparable(points[at], points[each]) for period, each in earlier.items() if each}
    return HeroState(points[at], before)


def _comparable(point: HeroPoint, before: HeroPoint) -> dict[str, float]:
    """The earlier figures that came from the same sources: one more source is no growth of a community."""
    return {
        metric: value
        for metric, value in before.figures.items()
        if before.sources.get(metric) == point.sources.get(metric)
    }


def _newest_hero_day(application: str) -> date | None:
    return hero_points.newest([application]).values_list("at", flat=True).first()


def readings_of(applications: Collection[str], feature: str) -> Any:
    """What the active sources of applications have said last about a feature, "" for the hero metrics, with them."""
    found = last_readings.filter(source__application__in=applications, source__active=True, feature=feature)
    return found.select_related("source")


def source_rows(applications: Collection[str], feature: str) -> list[Row]:
    """The sources of a feature's figures, with the time of each."""
    rows = readings_of(applications, feature).defer("reading").order_by("source__application", "source__name")
    return [_source_row(row) for row in rows]


def _source_row(row: LastReading) -> Row:
    return {
        "application": row.source.application,
        "name": row.source.name,
        "kind": row.source.kind,
        "as_of": said(row.at),
        "stale": row.failing_since is not None,
    }


def feature_state(feature: Feature, day: date | None = None) -> FeatureState | None:
    """The newest figures of a feature, or those of a day; None when there are none. Two queries."""
    kept = feature_points.filter(feature=feature, every=Every.DAY)
    if day:
        kept = kept.filter(at__lte=day)
    days = list(kept.order_by("-at").values_list("at", flat=True)[: FARTHEST.days])
    if not days or (day and days[0] != day):
        return None
    earlier = {period: each for period, each in compared(days[1:], days[0]).items() if each}
    points = {point.at: point for point in kept.filter(at__in={days[0], *earlier.values()})}
    if days[0] not in points:
        return None
    rankings = {each: unpack_ranking(bytes(point.ranking)) for each, point in points.items()}
    newest = points[days[0]]
    before: Mapping[str, Any] = {period: rankings[each] for period, each in earlier.items() if each in rankings}
    return FeatureState(feature, newest, rankings[newest.at], unpack_items(bytes(newest.items)), before)
