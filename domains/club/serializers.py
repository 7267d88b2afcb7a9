"""Club as JSON: sources, collections and their parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from domains.base.listing import HexUuidField, ProjectedSerializer
from domains.club import reads
from domains.club.models import Collection, Source
from domains.club.models.collections import CollectionState, PartState
from domains.orchestration.serializers import StrictInput

KIND = "Such as discourse, github, http or file; extension.name for those of extensions."
CONFIG = "What the kind asks for, without secrets."
SELECT = "Which rows are the feature's, in the words of the kind."


def address(view: str, argument: str) -> Any:
    """The address of an object by its uuid."""
    return serializers.HyperlinkedIdentityField(view_name=view, lookup_field="uuid", lookup_url_kwarg=argument)


class FeatureSpecSerializer(serializers.Serializer[Any]):
    """A feature that a source is asked about, or could be."""

    slug = serializers.CharField()
    name = serializers.CharField()
    select = serializers.DictField(help_text=SELECT)


class ReportSerializer(serializers.Serializer[Any]):
    """What the last test of a source has found."""

    ok = serializers.BooleanField()
    message = serializers.CharField()
    clicks = serializers.ListField(child=serializers.CharField(), help_text="What to do when it is not ok.")
    found = FeatureSpecSerializer(many=True, help_text="Features that the source could be asked about.")
    at = serializers.DateTimeField(allow_null=True)


class SourceSerializer(ProjectedSerializer):
    """One source. The secret is never shown; `has_secret` says whether one is stored."""

    url = address("api_club_source", "source_uuid")
    uuid = HexUuidField()
    application = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField(help_text=KIND)
    active = serializers.BooleanField()
    config = serializers.DictField(help_text=CONFIG)
    features = FeatureSpecSerializer(many=True)
    has_secret = serializers.BooleanField()
    standing = serializers.ChoiceField(choices=list(reads.standing_choices()))
    last_read = serializers.DateTimeField(allow_null=True, help_text="When it last answered.")
    failing_since = serializers.DateTimeField(allow_null=True, help_text="Since when some part of it has not.")
    report = serializers.SerializerMethodField()
    version = serializers.IntegerField(help_text="Goes up by one with each change.")
    created = serializers.DateTimeField()
    modified = serializers.DateTimeField()

    @extend_schema_field(ReportSerializer(allow_null=True))
    def get_report(self, source: Source) -> Any:
        """What the last test has found; null before the first."""
        report = reads.report_of(source)
        return ReportSerializer(report).data if report else None


class FeatureInput(StrictInput):
    """A feature that a source is to be asked about."""

    slug = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=200)
    select = serializers.DictField(required=False, help_text=SELECT)


class SourceInput(StrictInput):
    """What a source is made of."""

    readable = frozenset(SourceSerializer._declared_fields)

    application = serializers.CharField(max_length=63, help_text="Cannot be changed later.")
    name = serializers.CharField(max_length=100)
    kind = serializers.CharField(max_length=100, help_text=f"{KIND} Cannot be changed later.")
    active = serializers.BooleanField(required=False)
    config = serializers.DictField(required=False, help_text=CONFIG)
    features = FeatureInput(many=True, required=False)
    secret = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=4000,
        write_only=True,
        style={"input_type": "password"},
        help_text="Stored encrypted and never shown. Not given, it stays as it is; empty, it is forgotten.",
    )


class SourceChange(SourceInput):
    """What may be changed. With `version`, only the version that was read is changed; else 409."""

    application = None  # type: ignore[assignment]
    kind = None  # type: ignore[assignment]
    version = serializers.IntegerField(required=False)


class CommunitySerializer(ProjectedSerializer):
    """What an application has decided about its community."""

    application = serializers.CharField(read_only=True)
    publish_names = serializers.BooleanField(help_text="Whether public JSON names members; pseudonyms stand else.")


class CollectionSerializer(ProjectedSerializer):
    """One collection. `duration` is in seconds, up to now while it runs."""

    url = address("api_club_collection", "collection_uuid")
    uuid = HexUuidField()
    run = serializers.SerializerMethodField()
    run_uuid = serializers.SerializerMethodField()
    application = serializers.CharField(help_text="Empty for every application.")
    feature = serializers.CharField(help_text="Empty for every feature and the hero metrics.")
    day = serializers.DateField(help_text="The day (UTC) that its figures are kept under.")
    state = serializers.ChoiceField(choices=CollectionState.choices)
    actor = serializers.CharField(source="actor_name")
    started = serializers.DateTimeField()
    ended = serializers.DateTimeField(allow_null=True)
    duration = serializers.SerializerMethodField()
    parts = serializers.SerializerMethodField()
    parts_total = serializers.IntegerField(source="total")
    parts_asked = serializers.IntegerField(source="asked")
    parts_stale = serializers.IntegerField(source="stale", help_text="Those that failed: older figures stand in.")
    requests = serializers.IntegerField()
    bytes = serializers.IntegerField()
    rows = serializers.IntegerField()

    @extend_schema_field(serializers.URLField())
    def get_run(self, collection: Collection) -> str:
        """The address of its run."""
        return reverse("api_run", args=[collection.run_uuid], request=self.context["request"])

    @extend_schema_field(HexUuidField())
    def get_run_uuid(self, collection: Collection) -> str:
        """The uuid of its run."""
        return collection.run_uuid.replace("-", "")

    @extend_schema_field(serializers.FloatField())
    def get_duration(self, collection: Any) -> float:
        """Seconds from its start to its end, or until now."""
        return round(float(collection.elapsed.total_seconds()), 3)

    @extend_schema_field(serializers.URLField())
    def get_parts(self, collection: Collection) -> str:
        """The address of its parts."""
        url = reverse("api_club_parts", request=self.context["request"])
        return f"{url}?collection={collection.uuid.hex}"


class CollectInput(StrictInput):
    """What is to be collected; nothing need be said."""

    app = serializers.CharField(default="", allow_blank=True, max_length=63, help_text="Of this application only.")
    feature = serializers.CharField(default="", allow_blank=True, max_length=100, help_text="Only this feature.")


class PartSerializer(ProjectedSerializer):
    """One source asked about one feature within a collection. Times are in seconds."""

    uuid = HexUuidField()
    collection_uuid = HexUuidField(source="collection.uuid")
    source_uuid = HexUuidField(source="source.uuid", default=None, allow_null=True, help_text="Null once deleted.")
    source_name = serializers.CharField()
    kind = serializers.CharField()
    application = serializers.CharField()
    feature = serializers.CharField(help_text="Empty for the hero metrics.")
    position = serializers.IntegerField()
    state = serializers.ChoiceField(choices=PartState.choices)
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    requests = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="Requests that were answered with 304.")
    bytes = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="The time that requests took.")
    waited = serializers.FloatField(help_text="The time spent waiting for the pace of its host.")
    rows = serializers.IntegerField()
    added = serializers.IntegerField()
    changed = serializers.IntegerField()
    removed = serializers.IntegerField()
    error = serializers.CharField()
    stale_since = serializers.DateTimeField(allow_null=True, help_text="The time of the figures that stand in.")


def without_links(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values as plain data, as contexts of runs hold them."""
    return {name: [dict(each) for each in value] if name == "features" else value for name, value in values.items()}
