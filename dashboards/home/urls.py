"""Routes of Home."""

from __future__ import annotations

from dashboards.home import views
from dashboards.home.panels import HourPanel, RunsPanel, TilesPanel
from dashboards.shell.panels import panel_view
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("", views.home_page, name="home", access=STAFF),
    route("home/tiles/", panel_view(TilesPanel), name="home_tiles", access=STAFF),
    route("home/hour/", panel_view(HourPanel), name="home_hour", access=STAFF),
    route("home/runs/", panel_view(RunsPanel), name="home_runs", access=STAFF),
]
