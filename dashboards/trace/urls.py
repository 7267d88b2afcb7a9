"""Routes of the pages of Trace."""

from __future__ import annotations

from dashboards.shell.panels import panel_view
from dashboards.trace import views
from dashboards.trace.panels import LatestExportPanel, PublishedPanel
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("trace/features/", views.FeaturesPage.as_view(), name="trace_features", access=STAFF),
    route("trace/features/<slug:slug>/", views.feature_page, name="trace_feature", access=STAFF),
    route("trace/exports/", views.exports_page, name="trace_exports", access=STAFF),
    route("trace/exports/published/", panel_view(PublishedPanel), name="trace_published", access=STAFF),
    route("trace/exports/latest/", panel_view(LatestExportPanel), name="trace_latest", access=STAFF),
]
