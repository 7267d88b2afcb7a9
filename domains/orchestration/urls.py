"""The JSON routes of runs, schedules, workers and queues."""

from __future__ import annotations

from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.orchestration import api, api_schedules, api_workers
from domains.permissions.access import STAFF, permission
from domains.permissions.routes import route

CANCEL, RETRY = permission("orchestration.cancel_run"), permission("orchestration.retry_run")
CHANGE = permission("orchestration.change_schedule")
RUN, SCHEDULE = "api/runs/<anyuuid:run_uuid>", "api/schedules/<anyuuid:schedule_uuid>"

urlpatterns = [
    route("api/runs/", api.RunsView, name="api_runs", access=STAFF),
    route(f"{RUN}/", api.RunView, name="api_run", access=STAFF),
    route(f"{RUN}/children/", api.RunChildrenView, name="api_run_children", access=STAFF),
    route(f"{RUN}/cancel/", api.RunCancelView, name="api_run_cancel", access=CANCEL),
    route(f"{RUN}/again/", api.RunAgainView, name="api_run_again", access=RETRY),
    route(f"{RUN}/resume/", api.RunResumeView, name="api_run_resume", access=RETRY),
    route(f"{RUN}/retry_step/", api.RunRetryStepView, name="api_run_retry_step", access=RETRY),
    route(f"{RUN}/retry_rollback/", api.RunRetryRollbackView, name="api_run_retry_rollback", access=RETRY),
    route("api/schedules/", api_schedules.SchedulesView, name="api_schedules", access=STAFF),
    route(f"{SCHEDULE}/", api_schedules.ScheduleView, name="api_schedule", access=STAFF),
    route(f"{SCHEDULE}/pause/", api_schedules.SchedulePauseView, name="api_schedule_pause", access=CHANGE),
    route(f"{SCHEDULE}/unpause/", api_schedules.ScheduleUnpauseView, name="api_schedule_unpause", access=CHANGE),
    route(f"{SCHEDULE}/run/", api_schedules.ScheduleRunView, name="api_schedule_run", access=CHANGE),
    route("api/workers/", api_workers.WorkersView, name="api_workers", access=STAFF),
    route("api/workers/queues/", api_workers.QueuesView, name="api_queues", access=STAFF),
    route("api/workers/throughput/", api_workers.ThroughputView, name="api_throughput", access=STAFF),
    route("api/workers/failed_tasks/", api_workers.FailedTasksView, name="api_failed_tasks", access=STAFF),
    route("api/workers/failed_tasks/<slug:task_id>/", api_workers.FailedTaskView, name="api_failed_task", access=RETRY),
]
