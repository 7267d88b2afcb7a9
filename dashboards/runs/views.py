"""The list of runs, the page of a run and its fragments, and what is asked of a run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from dashboards.runs import bulk
from dashboards.runs.card import run_card
from dashboards.runs.deeds import BY_NAME
from dashboards.runs.filters import RunFilter
from dashboards.runs.page import RunPage, context_of
from dashboards.runs.page import run_page as page_of
from dashboards.runs.tables import RunTable
from dashboards.shell.list_page import ListPage
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.partials import is_partial
from domains.orchestration import reads


class RunsPage(ListPage):
    """Runs, newest first; child runs stand on their parent's page and here when they are asked for or stuck."""

    key, title, icon = "runs.runs", "Runs", "list-checks"
    template_name = "runs/list.html"
    table_class, filterset_class = RunTable, RunFilter
    search_label = "Search runs"
    empty_text = "Nothing has run yet."
    actions = (bulk.RETRY, bulk.AGAIN, bulk.CANCEL)
    approximate_count = True

    def queryset(self) -> Any:
        """Every run."""
        return reads.run_list()

    def context(self) -> dict[str, Any]:
        """The quick choices above the list."""
        return {"groups": [("", "All"), *reads.group_choices()], "group": self.request.GET.get("group", "")}

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The list; beside its partial the quick choices, which show what is in force."""
        response = super().get(request, **kwargs)
        if isinstance(response, HttpResponse) and is_partial(request) and response.status_code == 200:
            groups = render_to_string("runs/_groups.html", self.context() | {"beside": True}, request)
            response.content += groups.encode()
        return response


@require_safe
def run_page(request: HttpRequest, run_uuid: UUID) -> HttpResponse:
    """The page; for htmx its changing part, or with `?card` the card. 304 when nothing has changed."""
    detail = reads.run_detail(run_uuid)
    if "card" in request.GET:
        card = run_card(detail)
        return _fragment(request, card.run, card.etag, "runs/_card.html", {"run": card})
    page = page_of(detail, request.user)
    if is_partial(request):
        return _fragment(request, detail.run, page.etag, "runs/_run.html", context_of(page))
    return render(request, "runs/run.html", context_of(page) | {"page_title": detail.run.title})


@require_POST
def run_deed(request: HttpRequest, run_uuid: UUID, deed: str) -> HttpResponse:
    """Ask something of the run; back to where the button was, or on to the new run."""
    wanted = BY_NAME[deed]
    run = wanted.do(run_uuid)
    messages.success(request, "Cancelled." if getattr(run, "state", "") == "cancelled" else wanted.said)
    if not is_partial(request) or run.uuid != run_uuid:
        return HttpResponseRedirect(reverse("run", args=[run.uuid]), status=303)
    detail = reads.run_detail(run_uuid)
    if request.POST.get("part") == "card":
        return render(request, "runs/_card.html", {"run": run_card(detail)})
    return _whole(request, page_of(detail, request.user))


def _whole(request: HttpRequest, page: RunPage) -> HttpResponse:
    response = render(request, "runs/_run.html", context_of(page))
    response.content += badge_fragment(request, "runs").encode()
    return response


def _fragment(request: HttpRequest, run: Any, tag: str, template: str, context: dict[str, Any]) -> HttpResponse:
    etag = f'"{tag}"'
    response = get_conditional_response(request, etag=etag)
    if response is None or response.status_code != 304:
        response = render(request, template, context)
        if is_partial(request):
            response.content += badge_fragment(request, "runs").encode()
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["HX-Request"])
    if is_partial(request) and not run.is_active:
        response["HX-Trigger"] = "vault:refresh"
    return response
