"""The pages of this dashboard."""

from __future__ import annotations

from dashboards.api_docs import views
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("api/docs/", views.docs_page, name="api_docs", access=STAFF),
]
