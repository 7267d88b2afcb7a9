"""The list of schedules, the page of one, and what is asked of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards.audit.objects import history_url
from dashboards.schedules import bulk
from dashboards.schedules.filters import ScheduleFilter
from dashboards.schedules.preview import preview_of
from dashboards.schedules.tables import ScheduleTable
from dashboards.shell.list_page import ListPage
from domains.orchestration import orchestrator, reads

OBJECT_TYPE = "orchestration.schedule"


class SchedulesPage(ListPage):
    """Every schedule."""

    key, title, icon = "runs.schedules", "Schedules", "calendar"
    template_name = "schedules/list.html"
    table_class, filterset_class = ScheduleTable, ScheduleFilter
    search_label = "Search schedules"
    empty_text = "Nothing is scheduled."
    actions = (bulk.RUN_NOW, bulk.PAUSE, bulk.UNPAUSE)

    def queryset(self) -> Any:
        """Every schedule."""
        return reads.schedule_list()


@require_safe
def schedule_page(request: HttpRequest, schedule_uuid: UUID) -> HttpResponse:
    """One schedule: its next times, its last runs, its last fault."""
    schedule = reads.schedule_get(schedule_uuid)
    context = {
        "page_title": schedule.name,
        "schedule": schedule,
        "preview": preview_of(schedule),
        "args": reads.shown(schedule.args),
        "runs": reads.schedule_runs(schedule),
        "history_url": history_url(OBJECT_TYPE, str(schedule.uuid)),
        "worker_missing": reads.is_worker_missing(),
        "may_start": reads.may_start(request.user, schedule.orchestrator, schedule.method),
    }
    return render(request, "schedules/schedule.html", context)


@require_POST
def pause(request: HttpRequest, schedule_uuid: UUID, paused: bool) -> HttpResponse:
    """Pause it or let it go on; back to its page."""
    schedule = orchestrator.pause_schedule(schedule_uuid, paused=paused)
    said = "is paused" if paused else "goes on from its next time"
    messages.success(request, f"{schedule.name} {said}.")
    return _to_page(schedule_uuid)


@require_POST
def run_now(request: HttpRequest, schedule_uuid: UUID) -> HttpResponse:
    """Start its run now and show it."""
    return HttpResponseRedirect(orchestrator.run_schedule(schedule_uuid).url, status=303)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_page(request: HttpRequest, schedule_uuid: UUID) -> HttpResponse:
    """Ask, then delete it. One that an extension brings is refused with the reason."""
    schedule = reads.schedule_get(schedule_uuid)
    if request.method == "POST":
        orchestrator.delete_schedule(schedule_uuid)
        messages.success(request, f"{schedule.name} is deleted. Runs that it has started go on.")
        return redirect("schedules")
    context = {"page_title": f"Delete {schedule.name}?", "schedule": schedule}
    return render(request, "schedules/delete.html", context)


def _to_page(uuid: UUID) -> HttpResponse:
    response = redirect("schedule", schedule_uuid=uuid)
    response.status_code = 303
    return response
