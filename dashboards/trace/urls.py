"""Routes of the pages of Trace."""

from __future__ import annotations

from functools import partial

from dashboards.shell.panels import panel_view
from dashboards.trace import connection, exports, lists, matrix, snapshots
from dashboards.trace.details import entry_page
from dashboards.trace.difference import difference_page, history_page
from dashboards.trace.kinds import KINDS
from dashboards.trace.panels import LatestExportPanel, ProblemsPanel, PublishedPanel
from dashboards.trace.preview import preview_page
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("trace/features/", lists.FeaturesPage.as_view(), name="trace_features", access=STAFF),
    route("trace/gateways/", lists.GatewaysPage.as_view(), name="trace_gateways", access=STAFF),
    route("trace/tiers/", lists.TiersPage.as_view(), name="trace_tiers", access=STAFF),
    route("trace/tags/", lists.TagsPage.as_view(), name="trace_tags", access=STAFF),
    *(
        route(f"trace/{kind.name}/<slug:slug>/", partial(entry_page, kind=kind.name), name=kind.page_name, access=STAFF)
        for kind in KINDS.values()
    ),
    route("trace/matrix/", matrix.GatewayMatrixPage.as_view(), name="trace_matrix_gateways", access=STAFF),
    route("trace/matrix/tiers/", matrix.TierMatrixPage.as_view(), name="trace_matrix_tiers", access=STAFF),
    route("trace/matrix/tags/", matrix.TagMatrixPage.as_view(), name="trace_matrix_tags", access=STAFF),
    route("trace/snapshots/", snapshots.SnapshotsPage.as_view(), name="trace_snapshots", access=STAFF),
    route("trace/snapshots/difference/", difference_page, name="trace_difference", access=STAFF),
    route("trace/snapshots/<slug:name>/", snapshots.snapshot_page, name="trace_snapshot", access=STAFF),
    route(
        "trace/snapshots/<slug:name>/<slug:deed>/", snapshots.snapshot_deed, name="trace_snapshot_deed", access=STAFF
    ),
    route("trace/history/<slug:kind>/<slug:page_id>/", history_page, name="trace_history", access=STAFF),
    route("trace/preview/", preview_page, name="trace_preview", access=STAFF),
    route("trace/connection/", connection.connection_page, name="trace_connection", access=STAFF),
    route("trace/connection/report/", panel_view(connection.ReportPanel), name="trace_connection_report", access=STAFF),
    route("trace/connection/<slug:deed>/", connection.connection_deed, name="trace_connection_deed", access=STAFF),
    route("trace/exports/", exports.exports_page, name="trace_exports", access=STAFF),
    route("trace/exports/published/", panel_view(PublishedPanel), name="trace_published", access=STAFF),
    route("trace/exports/problems/", panel_view(ProblemsPanel), name="trace_problems", access=STAFF),
    route("trace/exports/latest/", panel_view(LatestExportPanel), name="trace_latest", access=STAFF),
]
