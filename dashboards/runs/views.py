"""The list of runs, the page of a run and its fragments, and the list of schedules."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from dashboards.audit.objects import action_words
from dashboards.runs import bulk
from dashboards.runs.card import RunCard, run_card
from dashboards.runs.filters import RunFilter, ScheduleFilter
from dashboards.runs.tables import RunTable, ScheduleTable
from dashboards.runs.timeline import timeline
from dashboards.shell.list_page import ListPage
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.partials import is_partial
from domains.audit.reads import events_of_run
from domains.orchestration import orchestrator, reads

SHOWN_LINES = 200
SHOWN_EVENTS = 100


class RunsPage(ListPage):
    """Every run, newest first."""

    key, title, icon = "runs.runs", "Runs", "list-checks"
    template_name = "runs/list.html"
    table_class, filterset_class = RunTable, RunFilter
    search_label = "Search runs"
    empty_text = "Nothing has run yet."
    actions = (bulk.CANCEL, bulk.AGAIN)
    approximate_count = True

    def queryset(self) -> Any:
        """Every run."""
        return reads.run_list()


class SchedulesPage(ListPage):
    """Every schedule."""

    key, title, icon = "runs.schedules", "Schedules", "calendar"
    table_class, filterset_class = ScheduleTable, ScheduleFilter
    search_label = "Search schedules"
    empty_text = "Nothing is scheduled."
    actions = (bulk.RUN_NOW, bulk.PAUSE, bulk.UNPAUSE)

    def queryset(self) -> Any:
        """Every schedule."""
        return reads.schedule_list()


@require_safe
def run_page(request: HttpRequest, run_uuid: UUID) -> HttpResponse:
    """The page; for htmx its changing part, or with `?card` the card. 304 when nothing has changed."""
    card = run_card(reads.run_detail(run_uuid))
    if "card" in request.GET:
        return _fragment(request, card, "runs/_card.html", {"run": card})
    if is_partial(request):
        return _fragment(request, card, "runs/_run.html", _page_context(card))
    return render(request, "runs/run.html", _page_context(card) | {"page_title": card.run.title})


@require_POST
def run_cancel(request: HttpRequest, run_uuid: UUID) -> HttpResponse:
    """Ask the run to stop; back to where the button was."""
    run = orchestrator.cancel_run(run_uuid)
    words = "Cancelled." if run.state == "cancelled" else "It stops before its next step, then undoes what it did."
    messages.success(request, words)
    if not is_partial(request):
        return HttpResponseRedirect(run.get_absolute_url(), status=303)
    card = run_card(reads.run_detail(run_uuid))
    if request.POST.get("part") == "card":
        return render(request, "runs/_card.html", {"run": card})
    return render(request, "runs/_run.html", _page_context(card))


@require_POST
def run_again(request: HttpRequest, run_uuid: UUID) -> HttpResponse:
    """Start a run like this one and show it."""
    return HttpResponseRedirect(orchestrator.run_again(run_uuid).url, status=303)


@require_POST
def run_resume(request: HttpRequest, run_uuid: UUID) -> HttpResponse:
    """Let a dead or blocked run go on and show it."""
    return HttpResponseRedirect(orchestrator.resume_run(run_uuid).get_absolute_url(), status=303)


def _page_context(card: RunCard) -> dict[str, Any]:
    detail = card.detail
    return {
        "run": card,
        "rows": timeline(detail),
        "log": detail.log[-SHOWN_LINES:],
        "log_hidden": max(0, len(detail.log) - SHOWN_LINES),
        "events": [(action_words(e.action), e) for e in events_of_run(str(card.run.uuid))[:SHOWN_EVENTS]],
    }


def _fragment(request: HttpRequest, card: RunCard, template: str, context: dict[str, Any]) -> HttpResponse:
    etag = f'"{card.etag}"'
    response = get_conditional_response(request, etag=etag)
    if response is None or response.status_code != 304:
        response = render(request, template, context)
        if is_partial(request):
            response.content += badge_fragment(request, "runs").encode()
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request"])
    if is_partial(request) and not card.run.is_active:
        response["HX-Trigger"] = "vault:refresh"
    return response
