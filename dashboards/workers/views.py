"""The page of workers and queues, and the failed tasks of the queue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboards.runs.bulk import MOST
from dashboards.shell.bulk import BulkAction
from dashboards.shell.list_page import ListPage
from dashboards.workers.filters import FailedTaskFilter
from dashboards.workers.panels import WorkersPanel
from dashboards.workers.tables import FailedTaskTable, task_title
from domains.orchestration import orchestrator, reads
from domains.permissions.access import permission

DISMISS = permission("orchestration.retry_run")


@require_safe
def workers_page(request: HttpRequest) -> HttpResponse:
    """Workers, queues and what is under way; the panel renews itself."""
    return render(request, "workers/workers.html", {"page_title": "Workers and queues", "panel_of": WorkersPanel()})


def _dismiss(request: HttpRequest, rows: Any) -> str:
    left = max(0, rows.count() - MOST)
    count = orchestrator.dismiss_failed_tasks(list(rows.values_list("pk", flat=True)[:MOST]))
    rest = f" These were the first {MOST:,}; choose again for the other {left:,}." if left else ""
    return f"Dismissed: {count:,}.{rest}"


class FailedTasksPage(ListPage):
    """What the queue's tasks left behind when they failed."""

    key, title, icon = "workers.failed_tasks", "Failed tasks", "triangle-alert"
    template_name = "workers/failed_tasks.html"
    table_class, filterset_class = FailedTaskTable, FailedTaskFilter
    search_label = "Search failed tasks"
    empty_text = "No task of the queue has failed."
    actions = (BulkAction("dismiss", "Dismiss", "x", DISMISS, _dismiss, "Dismiss {n} failed task{s}?"),)

    def queryset(self) -> Any:
        """Every failed task."""
        return reads.failed_tasks()


@require_safe
def failed_task_page(request: HttpRequest, task_id: str) -> HttpResponse:
    """One failed task; the traceback for superusers only."""
    task = reads.failed_task_get(task_id)
    context = {
        "page_title": task_title(task.func),
        "task": task,
        "error": reads.task_error(task),
        "traceback": reads.task_traceback(task) if request.user.is_superuser else "",
        "may_dismiss": DISMISS.allows(request.user),
    }
    return render(request, "workers/failed_task.html", context)


@require_POST
def dismiss(request: HttpRequest, task_id: str) -> HttpResponse:
    """Put one failed task away."""
    orchestrator.dismiss_failed_task(task_id)
    messages.success(request, "The failed task is dismissed.")
    response = redirect("failed_tasks")
    response.status_code = 303
    return response
