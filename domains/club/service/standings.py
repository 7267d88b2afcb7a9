"""How features stand: the newest point of each."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import OuterRef, QuerySet, Subquery

from domains.club.models import FeaturePoint
from domains.club.models.figures import Every
from domains.club.service.figures import BLOBS, feature_points, features


def standing_points(applications: Collection[str]) -> QuerySet[FeaturePoint]:
    """The newest point by day of every feature of these applications, with its feature and without its rankings."""
    mine = feature_points.filter(every=Every.DAY, feature=OuterRef("pk")).order_by("-at")
    owners = features.filter(application__in=applications).order_by()
    newest = feature_points.filter(pk__in=owners.values(newest=Subquery(mine.values("pk")[:1])))
    return newest.select_related("feature").defer(*BLOBS)
