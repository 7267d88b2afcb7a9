"""The Server page and the Health page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from dashboards.core.charts import ChartsPanel
from dashboards.core.panels import SORTS, FactsPanel, HealthPanel, HostPanel, ProcessesPanel
from dashboards.shell.panels import panel_view
from domains.base.errors import NotFound
from domains.core import reads
from domains.core.reads import Window
from domains.permissions.access import asked_by_staff

Choice = TypeVar("Choice", bound=str)
WINDOWS: dict[Window, str] = {"hour": "Last hour", "day": "24 hours", "month": "30 days"}


@require_safe
def server_page(request: HttpRequest) -> HttpResponse:
    """The host: figures, charts over `?window=hour|day|month`, processes by `?sort=cpu|memory`."""
    window = _one_of(request.GET.get("window"), tuple(WINDOWS))
    sort = _one_of(request.GET.get("sort"), SORTS)
    context = {
        "page_title": "Server",
        "host": reads.shown_host(),
        "host_panel": HostPanel(),
        "charts_panel": ChartsPanel(window),
        "processes_panel": ProcessesPanel(sort),
        "facts_panel": FactsPanel(),
        "windows": WINDOWS,
        "window": window,
        "sorts": {"cpu": "By CPU", "memory": "By memory"},
        "sort": sort,
    }
    return render(request, "core/server.html", context)


@csrf_exempt
@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Staff in a browser get the page; probes, machines and everybody else get JSON."""
    staff = asked_by_staff(request)
    if staff and request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        response: HttpResponse = render(
            request, "core/health.html", {"page_title": "Health", "health_panel": HealthPanel()}
        )
    else:
        report = reads.health_report()
        body = reads.health_json(report) if staff else reads.brief_health_json(report)
        response = JsonResponse(body, status=report.http_status)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response


@require_safe
def processes_panel(request: HttpRequest, sort: str) -> HttpResponseBase:
    """The process list's fragment."""
    if sort not in SORTS:
        raise NotFound("Processes are sorted by cpu or by memory.")
    return panel_view(ProcessesPanel)(request, sort=sort)


@require_safe
def charts_panel(request: HttpRequest, window: str) -> HttpResponseBase:
    """The charts' fragment."""
    for known in WINDOWS:
        if known == window:
            return panel_view(ChartsPanel)(request, window=known)
    raise NotFound("There are charts of the last hour, day and month.")


def _one_of(given: str | None, choices: Sequence[Choice]) -> Choice:
    """The choice that was given, the first one for anything else."""
    return next((choice for choice in choices if choice == given), choices[0])
