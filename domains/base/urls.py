"""The JSON routes that belong to no single domain."""

from __future__ import annotations

from domains.base.schema import SchemaView
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("api/schema/", SchemaView, name="api_schema", access=STAFF),
]
