"""Club as JSON for staff: figures, features, members, and the cache."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from domains.base.listing import HexUuidField, ProjectedSerializer
from domains.club.member_reads import FeaturePresence
from domains.club.metrics import METRICS
from domains.club.models.figures import Every
from domains.club.serializers import address

BY_METRIC = f"By name of the metric: {', '.join(METRICS)}."


class HeroPointSerializer(ProjectedSerializer):
    """The hero metrics of an application at one time."""

    application = serializers.CharField()
    every = serializers.ChoiceField(choices=Every.choices, help_text="What the point stands for.")
    at = serializers.DateField(help_text="The day, the Monday of the week, or the first day of the month.")
    collected = serializers.DateTimeField()
    figures = serializers.DictField(child=serializers.FloatField(), help_text=BY_METRIC)
    stale = serializers.DictField(
        child=serializers.CharField(), help_text="By name of the metric, the time of a figure that is older."
    )


class FeaturePointSerializer(ProjectedSerializer):
    """A feature at one time, in totals."""

    every = serializers.ChoiceField(choices=Every.choices)
    at = serializers.DateField()
    collected = serializers.DateTimeField()
    members = serializers.IntegerField()
    contributions = serializers.FloatField(help_text="The sum of the members' scores.")
    top_share = serializers.FloatField(allow_null=True, help_text="The share of the ten most present, from 0 to 1.")
    gini = serializers.FloatField(allow_null=True, help_text="Concentration from 0 to 1.")
    new = serializers.IntegerField()
    returning = serializers.IntegerField()
    stale = serializers.DictField(child=serializers.CharField(), help_text="By source, the time of older figures.")


class FeatureSerializer(ProjectedSerializer):
    """One feature with its newest totals."""

    url = address("api_club_feature", "feature_uuid")
    uuid = HexUuidField()
    application = serializers.CharField()
    slug = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    day = serializers.DateField(allow_null=True, help_text="The day of the newest figures; null before the first.")
    members = serializers.IntegerField(source="member_total", allow_null=True)
    contributions = serializers.FloatField(allow_null=True)
    top_share = serializers.FloatField(allow_null=True)
    gini = serializers.FloatField(allow_null=True)
    points = serializers.SerializerMethodField()

    @extend_schema_field(serializers.URLField())
    def get_points(self, feature: Any) -> str:
        """The address of its figures over time."""
        return reverse("api_club_feature_points", args=[feature.uuid.hex], request=self.context["request"])


class MemberSerializer(ProjectedSerializer):
    """One member, for staff: with the name, whatever public JSON shows."""

    url = address("api_club_member", "member_uuid")
    uuid = HexUuidField()
    application = serializers.CharField()
    name = serializers.CharField()
    pseudonym = serializers.CharField(help_text="What readers of public JSON see.")
    account = serializers.CharField(source="key")
    profile = serializers.CharField(source="url", help_text="The account's own page, where the source knows it.")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    feature_count = serializers.IntegerField(help_text="In how many features somebody was ever present.")


class PresenceSerializer(serializers.Serializer[Any]):
    """A member in one feature. Rank and score are those of the newest ranking, null for who is not in it."""

    feature = serializers.CharField(source="feature.slug")
    name = serializers.CharField(source="feature.name")
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    day = serializers.DateField(allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(help_text="How many members are ranked.")
    score = serializers.FloatField(allow_null=True)
    figures = serializers.DictField(child=serializers.FloatField())


class MemberDetailSerializer(MemberSerializer):
    """One member with the features of the latest presence."""

    features = serializers.SerializerMethodField()

    @extend_schema_field(PresenceSerializer(many=True))
    def get_features(self, member: Any) -> Any:
        """At most 50, the latest presence first."""
        found: list[FeaturePresence] = self.context["features"]
        return PresenceSerializer(found, many=True).data


class CacheEntrySerializer(ProjectedSerializer):
    """One key that may be in the cache."""

    url = serializers.SerializerMethodField()
    key = serializers.CharField()
    is_set = serializers.BooleanField()
    bytes = serializers.IntegerField(help_text="0 when it is not in the cache.")

    @extend_schema_field(serializers.URLField())
    def get_url(self, entry: Any) -> str:
        """Where it can be forgotten."""
        return reverse("api_club_cache_entry", args=[entry.key], request=self.context["request"])
