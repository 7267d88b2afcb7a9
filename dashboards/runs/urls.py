"""The pages of runs and schedules."""

from __future__ import annotations

from dashboards.runs import bulk, views
from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("runs/", views.RunsPage.as_view(), name="runs", access=STAFF),
    route("runs/<uuid:run_uuid>/", views.run_page, name="run", access=STAFF),
    route("runs/<anyuuid:run_uuid>/", views.run_page, name="run_by_hex", access=STAFF),
    route("runs/<uuid:run_uuid>/cancel/", views.run_cancel, name="run_cancel", access=bulk.CANCEL_RUN),
    route("runs/<uuid:run_uuid>/again/", views.run_again, name="run_again", access=bulk.RETRY_RUN),
    route("runs/<uuid:run_uuid>/resume/", views.run_resume, name="run_resume", access=bulk.RETRY_RUN),
    route("schedules/", views.SchedulesPage.as_view(), name="schedules", access=STAFF),
]
