"""The pages on which schedules are made and changed. What was typed is never lost."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.schedules.forms import ScheduleForm
from dashboards.schedules.preview import preview
from dashboards.shell.viewer import preferences_of
from domains.base.errors import Conflict, PermissionDenied, ValidationFailed
from domains.orchestration import orchestrator, reads

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def create_page(request: HttpRequest) -> HttpResponse:
    """Add a schedule."""
    if request.method != "POST":
        zone = preferences_of(request).time_zone or "UTC"
        return _page(request, ScheduleForm(initial={"time_zone": zone}, user=request.user), None)
    form = ScheduleForm(request.POST, user=request.user)
    if form.is_valid():
        try:
            schedule = orchestrator.create_schedule(**form.values())
        except ValidationFailed as error:
            form.take_faults(error)
        except PermissionDenied as error:
            form.add_error("what", error.message)
        else:
            messages.success(request, f"{schedule.name} is scheduled.")
            return redirect("schedule", schedule_uuid=schedule.uuid)
    return _page(request, form, None, status=422)


@require_http_methods(METHODS)
def edit_page(request: HttpRequest, schedule_uuid: UUID) -> HttpResponse:
    """Change a schedule."""
    schedule = reads.schedule_get(schedule_uuid)
    if request.method != "POST":
        return _page(request, ScheduleForm.of(schedule, request.user), schedule)
    form = ScheduleForm.of(schedule, request.user, request.POST)
    if form.is_valid():
        try:
            orchestrator.update_schedule(schedule_uuid, **form.values())
        except ValidationFailed as error:
            form.take_faults(error)
        except Conflict as error:
            form.add_error(None, error.message)
        except PermissionDenied as error:
            form.add_error("what", error.message)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("schedule", schedule_uuid=schedule_uuid)
    return _page(request, form, schedule, status=422)


@require_safe
def preview_fragment(request: HttpRequest) -> HttpResponse:
    """The next five times of what is typed so far."""
    preferences_of(request)
    form = ScheduleForm(request.GET, user=request.user)
    return render(request, "schedules/_preview.html", {"preview": preview(form.times())})


def _page(request: HttpRequest, form: ScheduleForm, schedule: Any, *, status: int = 200) -> HttpResponse:
    title = f"Edit {schedule.name}" if schedule else "Add a schedule"
    bound = form if form.is_bound else ScheduleForm(_as_data(form), user=request.user)
    context = {
        "page_title": title,
        "form": form,
        "schedule": schedule,
        "preview": preview(bound.times()),
        "startables": reads.startables(request.user),
    }
    return render(request, "schedules/edit.html", context, status=status)


def _as_data(form: ScheduleForm) -> dict[str, Any]:
    """The times of a form that nobody has sent, as if it had been."""
    seconds = form.initial.get("interval_s")
    found = {"cron": form.initial.get("cron", ""), "time_zone": form.initial.get("time_zone", "UTC")}
    return found | ({"interval_s_0": seconds, "interval_s_1": "1"} if seconds else {})
