"""The JSON routes of Trace."""

from __future__ import annotations

from django.urls import URLPattern

from domains.permissions.access import PUBLIC, permission
from domains.permissions.routes import route
from domains.trace.api import ExportsView
from domains.trace.public import document_view
from domains.trace.rules import KINDS


def _public(kind: str) -> list[URLPattern]:
    view = document_view(kind)
    return [
        route(f"trace/public/{kind}/", view, name=f"public_{kind}", access=PUBLIC),
        route(f"trace/public/<slug:app>/{kind}/", view, name=f"public_app_{kind}", access=PUBLIC),
    ]


urlpatterns = [
    *(pattern for kind in KINDS for pattern in _public(kind)),
    route("api/trace/exports/", ExportsView, name="api_trace_exports", access=permission("trace.export_trace")),
]
