"""The list of sources, the page of one, and what can be asked of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboards.audit.objects import history_url
from dashboards.club.source_tables import SourceFilters, SourceTable
from dashboards.shell.list_page import ListPage
from dashboards.shell.panels import Panel
from domains.base.errors import ValidationFailed
from domains.club import reads
from domains.club.start import save_source, start_test, testing_key
from domains.orchestration import reads as runs
from domains.orchestration.start import run_now
from domains.permissions.access import permission

MANAGE = permission("club.manage_sources")


class SourcesPage(ListPage):
    """Every source of every application."""

    key, title, icon = "club.sources", "Sources", "link"
    template_name = "club/sources.html"
    table_class, filterset_class = SourceTable, SourceFilters
    search_label = "Search sources"
    empty_text = "No source is set up yet."

    def queryset(self) -> Any:
        """Every source."""
        return reads.source_list()


class ReportPanel(Panel):
    """What the last test has found, looked at often, since somebody who has just asked waits for it."""

    name = "source-report"
    title = "Last test"
    template = "club/_report.html"
    every = 3

    def __init__(self, source_uuid: UUID) -> None:
        self.source_uuid = source_uuid
        super().__init__(url=reverse("club_source_report", args=[source_uuid]))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """The report, and the test that is under way or has failed."""
        found = reads.source_detail(self.source_uuid)
        return {
            "found": found,
            "source": found.source,
            "report": found.report,
            "test": runs.run_list().filter(orchestrator="club", key=testing_key(found.source.uuid)).first(),
            "may_manage": MANAGE.allows(request.user),
        }


@require_safe
def source_page(request: HttpRequest, source_uuid: UUID) -> HttpResponse:
    """One source: how it is set up, what it is asked about, how that went, and what its last test has found."""
    found = reads.source_detail(source_uuid)
    context = {
        "page_title": found.source.name,
        "found": found,
        "source": found.source,
        "parts": reads.parts_of_source(found.source),
        "report_panel": ReportPanel(found.source.uuid),
        "history_url": history_url(reads.SOURCE_TYPE, found.source.uuid.hex),
        "may_manage": MANAGE.allows(request.user),
        "permission": MANAGE.permission,
    }
    return render(request, "club/source.html", context)


@require_POST
def test_source(request: HttpRequest, source_uuid: UUID) -> HttpResponse:
    """Have the source asked whether it works; back to its page, which waits for the report."""
    source = reads.source_get(source_uuid)
    start_test(request.user, source)
    messages.success(request, f"Vault asks {source.name} whether it works.")
    return _to_page(source_uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def found_page(request: HttpRequest, source_uuid: UUID) -> HttpResponse:
    """The features of the last report that the source is not asked about, to choose from."""
    found = reads.source_detail(source_uuid)
    if request.method != "POST":
        also = reads.also_asked(found.source)
        rows = [(each, ", ".join(also.get(each.slug, []))) for each in found.missing]
        context = {"page_title": f"What {found.source.name} has", "found": found, "source": found.source, "rows": rows}
        return render(request, "club/found.html", context)
    chosen = [each for each in found.missing if "_all" in request.POST or each.slug in request.POST.getlist("slug")]
    if not chosen:
        messages.warning(request, "Nothing was chosen. Tick the features first.")
        return HttpResponseRedirect(reverse("club_source_found", args=[source_uuid]), status=303)
    try:
        _add(request, found, [{"slug": e.slug, "name": e.name, "select": dict(e.select)} for e in chosen])
    except ValidationFailed as error:
        faults = " ".join(fault for faults in error.fields.values() for fault in faults)
        messages.error(request, f"Nothing was added. {faults or error.message}")
    else:
        many = "" if len(chosen) == 1 else "s"
        messages.success(request, f"{len(chosen)} feature{many} added. The next collection asks about them.")
    return _to_page(source_uuid)


def _add(request: HttpRequest, found: reads.SourceDetail, features: list[dict[str, Any]]) -> None:
    source = found.source
    save_source(
        actor=request.user,
        uuid=source.uuid,
        values={"features": [*source.features, *features]},
        secret=None,
        version=source.version,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def delete_page(request: HttpRequest, source_uuid: UUID) -> HttpResponse:
    """Say what goes, then delete the source."""
    found = reads.source_detail(source_uuid)
    source = found.source
    if request.method == "POST":
        run_now("club", "delete_source", actor=request.user, application=source.application, source=source.uuid.hex)
        messages.success(request, f"{source.name} is deleted.")
        return redirect("club_sources")
    context = {"page_title": f"Delete {source.name}?", "source": source, "found": found}
    return render(request, "club/delete_source.html", context)


def _to_page(uuid: UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("club_source", args=[uuid]), status=303)
