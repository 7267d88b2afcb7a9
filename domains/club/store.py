"""Storing what was made of readings as points of the time series, in the transaction that is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime

from domains.club import members
from domains.club.digest import Contribution, merge, merge_hero, ranking
from domains.club.ledger import STARTS, Ledger
from domains.club.models import Feature, FeatureMember, FeaturePoint, HeroPoint
from domains.club.models.figures import Every
from domains.club.rankings import unpack_ranking
from domains.club.service import feature_members, feature_points, features, hero_points


def store_feature(
    feature: Feature, day: date, collected: datetime, contributions: Iterable[Contribution]
) -> FeaturePoint:
    """Store what sources say about a feature as the point of that day, its week and its month; that of the day.

    Whoever was erased is left out. What was stored for that day before is replaced.
    """
    features.hold(feature.pk)
    merged = merge(members.without_erased(feature.application, contributions))
    pks = members.seen(feature.application, merged.members, day)
    ledger = ledger_of(feature.pk, day)
    _forget_retracted(ledger, day, pks)
    points = ledger.points(day, collected, ranking(merged.members, pks), merged)
    note_presence(ledger, dict.fromkeys(pks.values(), day))
    feature_points.store(points)
    return points[0]


def store_hero(application: str, day: date, collected: datetime, contributions: Iterable[Contribution]) -> HeroPoint:
    """Store an application's hero metrics as the point of that day, its week and its month; that of the day."""
    points = hero_rows(application, day, collected, contributions)
    hero_points.store(points)
    return points[0]


def hero_rows(
    application: str, day: date, collected: datetime, contributions: Iterable[Contribution]
) -> list[HeroPoint]:
    """The points that `store_hero` stores: the day's first."""
    said = asdict(merge_hero(contributions))
    return [
        HeroPoint(application=application, every=every, at=start(day), collected=collected, **said)
        for every, start in STARTS.items()
    ]


def ledger_of(feature_id: int, day: date) -> Ledger:
    """What is known of a feature before the points of that day."""
    before = {}
    for every, start in STARTS.items():
        point = feature_points.before(feature_id, every, start(day))
        if point is not None:
            before[Every(every)] = frozenset(row.member for row in unpack_ranking(bytes(point.ranking)))
    return Ledger(feature_id, feature_members.firsts(feature_id), before)


def note_presence(ledger: Ledger, last_days: Mapping[int, date]) -> None:
    """Store when these members were first and last present in the feature."""
    feature_members.note(
        FeatureMember(feature_id=ledger.feature_id, member_id=pk, first_day=ledger.firsts[pk], last_day=last_day)
        for pk, last_day in sorted(last_days.items())
    )


def _forget_retracted(ledger: Ledger, day: date, pks: Mapping[str, int]) -> None:
    """Whoever was first present in an earlier collection of this day, which is replaced now, has not been present."""
    retracted = {pk for pk, first in ledger.firsts.items() if first == day} - set(pks.values())
    if retracted:
        feature_members.bulk_delete(feature_id=ledger.feature_id, first_day=day, member_id__in=retracted)
        for pk in retracted:
            del ledger.firsts[pk]
