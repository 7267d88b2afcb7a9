"""The JSON routes of Trace."""

from __future__ import annotations

from domains.permissions.access import PUBLIC, permission
from domains.permissions.routes import route
from domains.trace import webhook
from domains.trace.api import ExportsView
from domains.trace.public.urls import urlpatterns as public

urlpatterns = [
    *public,
    route("trace/webhooks/notion/", webhook.receive, name="trace_notion_webhook", access=PUBLIC),
    route("api/trace/exports/", ExportsView, name="api_trace_exports", access=permission("trace.export_trace")),
]
