"""The JSON routes of runs."""

from __future__ import annotations

from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.orchestration import api
from domains.permissions.access import STAFF, permission
from domains.permissions.routes import route

CANCEL, RETRY = permission("orchestration.cancel_run"), permission("orchestration.retry_run")

urlpatterns = [
    route("api/runs/", api.RunsView, name="api_runs", access=STAFF),
    route("api/runs/<anyuuid:run_uuid>/", api.RunView, name="api_run", access=STAFF),
    route("api/runs/<anyuuid:run_uuid>/cancel/", api.RunCancelView, name="api_run_cancel", access=CANCEL),
    route("api/runs/<anyuuid:run_uuid>/again/", api.RunAgainView, name="api_run_again", access=RETRY),
    route("api/runs/<anyuuid:run_uuid>/resume/", api.RunResumeView, name="api_run_resume", access=RETRY),
    route("api/schedules/", api.SchedulesView, name="api_schedules", access=STAFF),
    route("api/schedules/<anyuuid:schedule_uuid>/", api.ScheduleView, name="api_schedule", access=STAFF),
]
