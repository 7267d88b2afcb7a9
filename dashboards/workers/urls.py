"""The pages of workers, queues and failed tasks."""

from __future__ import annotations

from dashboards.shell.panels import panel_view
from dashboards.workers import views
from dashboards.workers.panels import WorkersPanel
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("workers/", views.workers_page, name="workers", access=STAFF),
    route("workers/panel/", panel_view(WorkersPanel), name="workers_panel", access=STAFF),
    route("failed-tasks/", views.FailedTasksPage.as_view(), name="failed_tasks", access=STAFF),
    route("failed-tasks/<slug:task_id>/", views.failed_task_page, name="failed_task", access=STAFF),
    route("failed-tasks/<slug:task_id>/dismiss/", views.dismiss, name="failed_task_dismiss", access=views.DISMISS),
]
