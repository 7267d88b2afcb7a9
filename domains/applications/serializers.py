"""Applications as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from domains.applications import reads
from domains.applications.rules import DATA_TYPES
from domains.base.errors import ValidationFailed
from domains.base.listing import HexUuidField, ProjectedSerializer


class ApplicationSerializer(ProjectedSerializer):
    """One application. `version` goes up by one with each change."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api_application", lookup_field="uuid", lookup_url_kwarg="application_uuid"
    )
    uuid = HexUuidField()
    slug = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    features = serializers.ListField(child=serializers.CharField())
    filters = serializers.DictField(help_text=f"Rule by data type: {', '.join(DATA_TYPES)}.")
    active = serializers.BooleanField()
    position = serializers.IntegerField()
    version = serializers.IntegerField()
    created = serializers.DateTimeField()
    modified = serializers.DateTimeField()


class ApplicationInput(serializers.Serializer[Any]):
    """What an application is made of."""

    # The declarations are for the schema; what fits is decided by fields.py, for pages and scripts alike.

    slug = serializers.CharField(help_text="Name in addresses; cannot be changed later.")
    name = serializers.CharField()
    description = serializers.CharField(required=False)
    features = serializers.ListField(child=serializers.CharField(), required=False)
    filters = serializers.DictField(required=False, help_text=f"Rule by data type: {', '.join(DATA_TYPES)}.")
    active = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The given values as they are. Raises ValidationFailed with every fault by field."""
        if not isinstance(data, Mapping):
            raise ValidationFailed("The body must be an object.", fields={"": ["The body must be an object."]})
        given = {name: value for name, value in data.items() if name in self.fields}
        faults = {name: ["There is no such field, or it cannot be set."] for name in data if name not in self.fields}
        required = [] if self.partial else ["slug", "name"]
        faults |= {name: ["This field is required."] for name in required if name not in data}
        faults |= reads.application_faults(self._values(given))
        if faults:
            raise ValidationFailed("Some values do not fit. Nothing was changed.", fields=faults)
        return given

    def _values(self, given: dict[str, Any]) -> dict[str, Any]:
        return given


class ApplicationChange(ApplicationInput):
    """What may be changed. With `version`, only the version that was read is changed; else 409."""

    slug = None  # type: ignore[assignment]
    version = serializers.IntegerField(required=False)

    def _values(self, given: dict[str, Any]) -> dict[str, Any]:
        version = given.get("version", 1)
        if not isinstance(version, int) or isinstance(version, bool):
            raise ValidationFailed("The version must be a number.", fields={"version": ["Must be a whole number."]})
        return {name: value for name, value in given.items() if name != "version"}
