"""JSON and text routes of core."""

from __future__ import annotations

from domains.core import api
from domains.permissions.access import PUBLIC, STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("livez", api.livez, name="livez", access=PUBLIC),
    route("readyz", api.readyz, name="readyz", access=PUBLIC),
    route("startupz", api.startupz, name="startupz", access=PUBLIC),
    route("health.json", api.health_document, name="health_json", access=PUBLIC),
    route("metrics", api.metrics, name="metrics", access=PUBLIC),
    route("api/stats/", api.StatsView, name="api_stats", access=STAFF),
]
