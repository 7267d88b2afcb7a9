"""Features and the time series."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery

from domains.base.service import ModelService
from domains.club.models import Feature, FeatureMember, FeaturePoint, HeroPoint
from domains.club.models.figures import Every

BLOBS = ("ranking", "items")
KEEP_OF_POINT = ("collected", "members", "contributions", "top_share", "gini", "new", "returning", *BLOBS, "stale")


class FeatureService(ModelService[Feature]):
    """Features."""

    model = Feature

    def of(self, application: str = "") -> QuerySet[Feature]:
        """The active features of an application, "" for all, by application and name."""
        active = self.filter(active=True)
        return active.filter(application=application) if application else active

    def hold(self, pk: int) -> None:
        """Let nobody else store or rewrite points of this feature until this transaction ends."""
        self.filter(pk=pk).select_for_update(no_key=True).first()


class FeatureMemberService(ModelService[FeatureMember]):
    """Who was present in which feature, and when."""

    model = FeatureMember

    def firsts(self, feature_id: int) -> dict[int, date]:
        """When each member was first present in a feature, by the member's primary key."""
        return dict(self.filter(feature_id=feature_id).values_list("member_id", "first_day"))

    def first_day(self, feature_id: int, member_id: int) -> date | None:
        """When this member was first present in a feature; None for never."""
        row = self.find(feature_id=feature_id, member_id=member_id)
        return row.first_day if row else None

    def note(self, rows: Iterable[FeatureMember]) -> None:
        """Insert who was not there yet; of the others the last day is set."""
        self.all().bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["feature", "member"],
            update_fields=["last_day"],
            batch_size=500,
        )


class HeroPointService(ModelService[HeroPoint]):
    """Hero metrics over time."""

    model = HeroPoint

    def days(self, application: str, since: date, until: date) -> QuerySet[HeroPoint]:
        """An application's points by day, both ends included, the oldest first."""
        return self.series([application], Every.DAY, since, until)

    def series(self, applications: Collection[str], every: str, since: date, until: date) -> QuerySet[HeroPoint]:
        """The points of these applications, both ends included, by application, the oldest first."""
        found = self.filter(application__in=applications, every=every, at__gte=since, at__lte=until)
        return found.order_by("application", "at")

    def newest(self, applications: Collection[str], until: date | None = None) -> QuerySet[HeroPoint]:
        """The newest point by day of each of these applications, or the newest that is no later than `until`."""
        points = self.filter(every=Every.DAY, **({"at__lte": until} if until else {})).order_by("-at")
        each = [Subquery(points.filter(application=name).values("pk")[:1]) for name in applications]
        return self.filter(pk__in=each)

    def store(self, rows: Iterable[HeroPoint]) -> None:
        """Insert points, in the place of those of the same time."""
        self.all().bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["application", "every", "at"],
            update_fields=["collected", "figures", "stale", "sources"],
            batch_size=200,
        )

    def older(self, every: str, than: date, most: int) -> list[int]:
        """Primary keys of points of that length that are kept under earlier days, at most so many."""
        found = self.filter(every=every, at__lt=than).order_by("at")
        return list(found.values_list("pk", flat=True)[:most])


class FeaturePointService(ModelService[FeaturePoint]):
    """Features over time."""

    model = FeaturePoint

    def newest(self, of: Iterable[Feature] | QuerySet[Feature], until: date | None = None) -> QuerySet[FeaturePoint]:
        """The newest point by day of each of these features with its feature, or the newest no later than `until`.

        Defer `BLOBS` unless you need the rankings.
        """
        mine = self.filter(every=Every.DAY, feature=OuterRef("pk"), **({"at__lte": until} if until else {}))
        owners = features.filter(pk__in=[feature.pk for feature in of])
        each = owners.order_by().values_list(Subquery(mine.order_by("-at").values("pk")[:1]), flat=True)
        return self.filter(pk__in=each).select_related("feature")

    def at(self, feature: Feature, every: str, day: date) -> QuerySet[FeaturePoint]:
        """The one point of a feature that is kept under this day, or none."""
        return self.filter(feature=feature, every=every, at=day)

    def series(self, feature: Feature, every: str, since: date, until: date) -> QuerySet[FeaturePoint]:
        """A feature's points without their rankings, both ends included, the oldest first."""
        found = self.filter(feature=feature, every=every, at__gte=since, at__lte=until)
        return found.defer(*BLOBS).order_by("at")

    def before(self, feature_id: int, every: str, start: date) -> FeaturePoint | None:
        """The last point that is kept under a day before `start`."""
        return self.filter(feature_id=feature_id, every=every, at__lt=start).order_by("-at").first()

    def backwards(self, feature_id: int, every: str, until: date | None, most: int) -> list[FeaturePoint]:
        """At most so many points that are kept under days before `until`, None for all, the newest first."""
        found = self.filter(feature_id=feature_id, every=every, **({"at__lt": until} if until else {}))
        return list(found.order_by("-at")[:most])

    def store(self, rows: Iterable[FeaturePoint]) -> None:
        """Insert points, in the place of those of the same time."""
        self.all().bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["feature", "every", "at"],
            update_fields=list(KEEP_OF_POINT),
            batch_size=50,
        )

    def older(self, every: str, than: date, most: int) -> list[int]:
        """Primary keys of points of that length that are kept under earlier days, at most so many."""
        found = self.filter(every=every, at__lt=than).order_by("at")
        return list(found.values_list("pk", flat=True)[:most])


features = FeatureService()
feature_members = FeatureMemberService()
hero_points = HeroPointService()
feature_points = FeaturePointService()
