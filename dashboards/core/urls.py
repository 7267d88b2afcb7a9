"""Routes of the Server and Health pages."""

from __future__ import annotations

from dashboards.core import views
from dashboards.core.panels import FactsPanel, HealthPanel, HostPanel
from dashboards.shell.panels import panel_view
from domains.permissions.access import PUBLIC, STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("stats/", views.server_page, name="stats", access=STAFF),
    route("stats/panels/host/", panel_view(HostPanel), name="stats_host", access=STAFF),
    route("stats/panels/facts/", panel_view(FactsPanel), name="stats_facts", access=STAFF),
    route("stats/panels/processes/<slug:sort>/", views.processes_panel, name="stats_processes", access=STAFF),
    route("stats/panels/charts/<slug:window>/", views.charts_panel, name="stats_charts", access=STAFF),
    route("health/", views.health_page, name="health", access=PUBLIC),
    route("health/panel/", panel_view(HealthPanel), name="health_panel", access=STAFF),
]
