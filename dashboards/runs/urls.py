"""The pages of runs."""

from __future__ import annotations

from dashboards.runs import views
from dashboards.runs.deeds import DEEDS
from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("runs/", views.RunsPage.as_view(), name="runs", access=STAFF),
    route("runs/<uuid:run_uuid>/", views.run_page, name="run", access=STAFF),
    route("runs/<anyuuid:run_uuid>/", views.run_page, name="run_by_hex", access=STAFF),
    *(
        route(
            f"runs/<uuid:run_uuid>/{deed.name.replace('_', '-')}/",
            views.run_deed,
            name=f"run_{deed.name}",
            access=deed.access,
            deed=deed.name,
        )
        for deed in DEEDS
    ),
]
