"""Routes of the pages about public JSON."""

from __future__ import annotations

from django.views.generic import RedirectView

from dashboards.publishing import api_log
from domains.permissions.access import STAFF
from domains.permissions.routes import route

moved = RedirectView.as_view(pattern_name="public_api_log", permanent=True, query_string=True)

urlpatterns = [
    route("api-log/", api_log.ApiLogPage.as_view(), name="public_api_log", access=STAFF),
    route("api-log/use/<slug:window>/", api_log.use_panel, name="public_api_use", access=STAFF),
    route("trace/api-log/", moved, name="trace_api_log_moved", access=STAFF),
]
