"""Questions of the features' pages: how they stand, who and what is most present in one, and how that has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Min, QuerySet

from domains.applications import reads as applications
from domains.base.search import text_search
from domains.club.lines import Line, line
from domains.club.models import Feature, FeaturePoint
from domains.club.models.figures import Every
from domains.club.rankings import Ranked, RankedItem, unpack_items, unpack_ranking
from domains.club.rules import PERIODS, compared, movement
from domains.club.service import communities, feature_points, features, members
from domains.club.service.standings import standing_points
from domains.club.spans import Span, Window, earliest, window


@dataclass(frozen=True, slots=True)
class Place:
    """A member's place in a ranking. `share` is of all contributions; `moved` by how many places since the day that
    it is compared with, above 0 for up, None for somebody who was not ranked then; `before` the rank on that day.
    """

    member: int
    rank: int
    score: float
    share: float
    before: int | None
    moved: int | None
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Person:
    """A member by name, for staff."""

    uuid: UUID
    name: str
    pseudonym: str
    url: str


@dataclass(frozen=True, slots=True)
class FeatureDetail:
    """A feature with its newest point, None before the first one. `since` is the day that places are compared with,
    None when there is none; `stale` names sources with the time of their figures that stand in.
    """

    feature: Feature
    point: FeaturePoint | None
    places: Sequence[Place]
    items: Sequence[RankedItem]
    since: date | None
    stale: Mapping[str, datetime]
    publishes_names: bool


@dataclass(frozen=True, slots=True)
class FeatureHistory:
    """A feature over a span: contributions beside the period before, members, and who of them was new or returned."""

    window: Window
    contributions: Line
    members: Line
    new: Line
    returning: Line


def feature_standings() -> QuerySet[FeaturePoint]:
    """The newest point of every feature that was ever collected, with its feature, unevaluated."""
    return standing_points([info.slug for info in applications.application_list()])


def feature_get(application: str, slug: str) -> Feature:
    """One feature. Raises NotFound."""
    return features.get(application=application, slug=slug)


def feature_search(text: str, most: int) -> QuerySet[Feature]:
    """The first active features in whose name or slug every word stands."""
    return text_search(features.filter(active=True), ("name", "slug", "application"), text)[:most]


def feature_detail(feature: Feature, period: str) -> FeatureDetail:
    """The newest ranking with movements since a day, week or month before. At most four queries."""
    days = list(_days(feature))
    point = feature_points.at(feature, Every.DAY, days[0]).first() if days else None
    since = compared(days, days[0])[period] if days else None
    earlier = feature_points.at(feature, Every.DAY, since).defer("items").first() if since else None
    decided = communities.find(application=feature.application)
    return FeatureDetail(
        feature,
        point,
        places(_ranking(point), _ranking(earlier)),
        unpack_items(bytes(point.items)) if point else (),
        since,
        {name: datetime.fromisoformat(at) for name, at in point.stale.items()} if point else {},
        bool(decided and decided.publish_names),
    )


def feature_history(feature: Feature, span: Span, until: date) -> FeatureHistory:
    """The feature's points over the span. One query, two for a span without an end."""
    since = earliest(span, until) or _first(feature, span) or until
    points = {point.at: point for point in feature_points.series(feature, span.every, since, until)}
    slots = window(span, until, min(points, default=None))

    def over(name: str) -> Line:
        return line(slots, {day: getattr(point, name) for day, point in points.items()})

    return FeatureHistory(slots, over("contributions"), over("members"), over("new"), over("returning"))


def people(places: Iterable[Place]) -> dict[int, Person]:
    """The members of these places by primary key; those erased since are missing."""
    rows = members.filter(pk__in=[place.member for place in places]).order_by()
    return {row.pk: Person(row.uuid, row.name, row.pseudonym, row.url) for row in rows}


def named_like(feature: Feature, text: str) -> set[int]:
    """Primary keys of the feature's members in whose name or pseudonym every word stands."""
    rows = members.filter(application=feature.application, features__feature=feature)
    return set(text_search(rows, ("name", "pseudonym"), text).values_list("pk", flat=True))


def places(now: Sequence[Ranked], before: Iterable[Ranked]) -> list[Place]:
    """A ranking with what has moved since an earlier one."""
    earlier = {row.member: row.rank for row in before}
    total = sum(row.score for row in now)
    return [
        Place(
            row.member,
            row.rank,
            row.score,
            row.score / total if total else 0.0,
            earlier.get(row.member),
            movement(row.rank, earlier.get(row.member)),
            row.figures,
        )
        for row in now
    ]


def _ranking(point: FeaturePoint | None) -> Sequence[Ranked]:
    return unpack_ranking(bytes(point.ranking)) if point else ()


def _days(feature: Feature) -> QuerySet[FeaturePoint, date]:
    """The days that there are figures of, newest first, as far back as movements are compared."""
    newest = feature_points.filter(feature=feature, every=Every.DAY).order_by("-at").values_list("at", flat=True)
    return newest[: 2 * max(PERIODS.values())]


def _first(feature: Feature, span: Span) -> date | None:
    found: date | None = feature_points.filter(feature=feature, every=span.every).aggregate(first=Min("at"))["first"]
    return found
