"""The routes of public JSON: each for all rows, and for one application."""

from __future__ import annotations

from django.urls import URLPattern

from domains.permissions.access import PUBLIC
from domains.permissions.routes import View, route
from domains.trace.public import views
from domains.trace.public.addresses import FILES, OPENAPI
from domains.trace.public.files import file_view
from domains.trace.rules import INDEX, KINDS, MATRIX, SNAPSHOTS, VERSIONED


def _both(pattern: str, view: View, name: str) -> list[URLPattern]:
    return [
        route(f"trace/public/{pattern}/", view, name=f"public_{name}", access=PUBLIC),
        route(f"trace/public/<slug:app>/{pattern}/", view, name=f"public_app_{name}", access=PUBLIC),
    ]


def _snapshot(kind: str) -> list[URLPattern]:
    return _both(f"{SNAPSHOTS}/<slug:snapshot>/{kind}", views.snapshot_view(kind), f"snapshot_{kind}")


urlpatterns = [
    route(f"trace/public/{OPENAPI}", views.openapi_view, name="public_openapi", access=PUBLIC),
    route(f"trace/public/{FILES}/<str:name>", file_view, name="public_file", access=PUBLIC),
    *_both("features/<slug:slug>", views.feature_view, "feature"),
    *(pattern for kind in VERSIONED for pattern in _snapshot(kind)),
    *(pattern for kind in KINDS for pattern in _both(kind, views.rows_view(kind), kind)),
    *(pattern for kind in (MATRIX, INDEX, SNAPSHOTS) for pattern in _both(kind, views.document_view(kind), kind)),
]
