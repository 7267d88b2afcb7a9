"""The pages of this dashboard."""

from __future__ import annotations

from dashboards.applications import editing, views
from domains.permissions.access import STAFF, permission
from domains.permissions.routes import route

urlpatterns = [
    route("applications/", views.ApplicationsPage.as_view(), name="applications", access=STAFF),
    route(
        "applications/new/",
        editing.create_page,
        name="application_create",
        access=permission("applications.add_application"),
    ),
    route("applications/<slug:app>/", views.application_page, name="application", access=STAFF),
    route("applications/<slug:app>/edit/", editing.edit_page, name="application_edit", access=views.CHANGE),
    *(
        route(
            f"applications/<slug:app>/{method}/",
            views.deed_page,
            name=f"application_{method}",
            access=deed.access,
            method=method,
        )
        for method, deed in views.DEEDS.items()
    ),
]
