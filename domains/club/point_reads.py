"""Points of the time series as rows, for the JSON interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery

from domains.club.models import Feature, FeaturePoint, HeroPoint
from domains.club.models.figures import Every
from domains.club.service import feature_points, features, hero_points
from domains.club.service.figures import BLOBS


def every_choices() -> Sequence[tuple[str, str]]:
    """How long points stand for."""
    return Every.choices


def hero_point_list() -> QuerySet[HeroPoint]:
    """Every point of the hero metrics, newest first, unevaluated."""
    return hero_points.all().order_by("-at", "application", "pk")


def feature_rows() -> QuerySet[Feature]:
    """Every active feature by application and name, unevaluated, with its newest totals by day.

    `day`, `member_total`, `contributions`, `top_share` and `gini` are None before the first figures.
    """
    newest = feature_points.filter(feature=OuterRef("pk"), every=Every.DAY).order_by("-at")
    names = {"day": "at", "member_total": "members"} | {n: n for n in ("contributions", "top_share", "gini")}
    return features.of().annotate(**{name: Subquery(newest.values(column)[:1]) for name, column in names.items()})


def feature_row(uuid: UUID | str) -> Any:
    """One feature as in the list. Raises NotFound."""
    return feature_rows().filter(uuid=uuid).first() or features.get(uuid=uuid)


def points_of(uuid: UUID | str | None) -> QuerySet[FeaturePoint]:
    """The points of a feature without their rankings, newest first, unevaluated; none for None. Raises NotFound."""
    if uuid is None:
        return feature_points.all().none()
    return feature_points.filter(feature=features.get(uuid=uuid)).defer(*BLOBS).order_by("-at", "pk")
