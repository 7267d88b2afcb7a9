"""Questions about members, for staff: who they are, and where they are present."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from domains.base.search import text_search
from domains.club.models import Erasure, Feature, FeatureMember, Member
from domains.club.rankings import unpack_ranking
from domains.club.service import erasures, feature_members, feature_points, members

MOST_FEATURES = 50
MOST_ERASURES = 10


@dataclass(frozen=True, slots=True)
class FeaturePresence:
    """A member in one feature: first and last day there, and the place in the newest ranking, None when not in it."""

    feature: Feature
    first_day: date
    last_day: date
    day: date | None
    rank: int | None
    score: float | None
    of: int
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class MemberDetail:
    """A member with the features of the latest presence; `more` says how many further ones there are, `days` how many
    stored points an erasure would look through.
    """

    member: Member
    features: Sequence[FeaturePresence]
    more: int
    days: int


def member_list() -> QuerySet[Member]:
    """Every member by name, unevaluated; `feature_count` says in how many features somebody was ever present."""
    own = feature_members.filter(member=OuterRef("pk")).order_by().values("member").annotate(count=Count("pk"))
    return members.all().annotate(feature_count=Coalesce(Subquery(own.values("count")), 0))


def members_of_feature(rows: QuerySet[Member], slug: str) -> QuerySet[Member]:
    """Those of the rows that were ever present in a feature of this slug."""
    return rows.filter(pk__in=feature_members.filter(feature__slug=slug).values("member"))


def member_get(uuid: UUID | str) -> Any:
    """One member as in the list. Raises NotFound."""
    return member_list().filter(uuid=uuid).first() or members.get(uuid=uuid)


def member_search(text: str, most: int) -> Sequence[Member]:
    """The first members in whose name every word stands, or the one of that pseudonym."""
    return list(text_search(members.all(), ("name", "pseudonym"), text)[:most])


def member_detail(uuid: UUID | str) -> MemberDetail:
    """One member with places in the newest rankings. Raises NotFound."""
    member = member_get(uuid)
    there = feature_members.filter(member=member).select_related("feature").order_by("-last_day", "feature_id")
    shown, total = list(there[:MOST_FEATURES]), there.count()
    days = feature_points.filter(feature__in=there.values("feature")).count()
    return MemberDetail(member, list(_presences(member, shown)), total - len(shown), days)


def erasure_list() -> QuerySet[Erasure]:
    """The newest erasures, bounded; they hold no name."""
    return erasures.all()[:MOST_ERASURES]


def erasure_count() -> int:
    """How many members were erased on request."""
    return erasures.all().count()


def _presences(member: Member, shown: Sequence[FeatureMember]) -> Iterator[FeaturePresence]:
    newest = feature_points.newest([each.feature for each in shown]).defer("items")
    points = {point.feature_id: point for point in newest}
    for each in shown:
        point = points.get(each.feature_id)
        places = unpack_ranking(bytes(point.ranking)) if point else []
        own = next((place for place in places if place.member == member.pk), None)
        yield FeaturePresence(
            feature=each.feature,
            first_day=each.first_day,
            last_day=each.last_day,
            day=point.at if point else None,
            rank=own.rank if own else None,
            score=own.score if own else None,
            of=point.members if point else 0,
            figures=own.figures if own else {},
        )
