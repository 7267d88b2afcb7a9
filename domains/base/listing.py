"""What every JSON list and object shares beside its pages: `field=` keeps some keys, `o=` sorts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from domains.base.errors import ValidationFailed

FIELD = OpenApiParameter("field", str, many=True, description="Keep only these keys; may be repeated.")


@extend_schema_field({"type": "string", "pattern": "^[0-9a-f]{32}$"})
class HexUuidField(serializers.UUIDField):
    """A UUID as 32 hex digits; both forms are read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="hex", **kwargs)


class ProjectedSerializer(serializers.Serializer[Any]):
    """Writes only the keys named by `field=` in the address of a GET; names that it does not have are ignored."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """The declared fields, or those asked for."""
        fields = super().get_fields()
        request = self.context.get("request")
        wanted = (
            request.query_params.getlist("field") if request is not None and request.method in {"GET", "HEAD"} else []
        )
        return {name: field for name, field in fields.items() if name in wanted} if wanted else fields


def ordering(names: Collection[str]) -> OpenApiParameter:
    """The parameter `o` for the schema."""
    both = [sign + name for name in names for sign in ("", "-")]
    return OpenApiParameter("o", str, many=True, enum=both, description="Sort by; a minus sorts downwards.")


def ordered(rows: QuerySet[Any], request: Request, names: Collection[str]) -> QuerySet[Any]:
    """The rows sorted as `o=` says, ties by primary key so that no page repeats a row.

    Raises ValidationFailed for a name that is not in `names`.
    """
    wanted = request.query_params.getlist("o")
    unknown = [name for name in wanted if name.removeprefix("-") not in names]
    if unknown:
        raise ValidationFailed(
            "The list cannot be sorted like that.",
            fields={"o": [f"{unknown[0][:60]!r} is none of {', '.join(names)}, with or without a minus before it."]},
        )
    return rows.order_by(*wanted, "pk") if wanted else rows
