"""The pages of Trace."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.shell.back import back_to
from dashboards.shell.list_page import ListPage
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.partials import is_partial
from dashboards.trace.filters import FeatureFilters
from dashboards.trace.panels import LatestExportPanel, PublishedPanel
from dashboards.trace.tables import FeatureTable
from domains.orchestration.start import start
from domains.permissions.access import permission
from domains.trace import reads

EXPORT = permission("trace.export_trace")


class FeaturesPage(ListPage):
    """Every feature that is published now."""

    key = "trace.features"
    title = "Features"
    icon = "file-json"
    table_class = FeatureTable
    filterset_class = FeatureFilters
    template_name = "trace/features.html"
    search_label = "Search features"
    empty_text = "No feature has been exported yet."
    empty_action = ("Go to exports", "/trace/exports/")
    default_sort = "name"

    def queryset(self) -> Any:
        """Features of the current snapshot."""
        return reads.feature_list()

    def context(self) -> dict[str, Any]:
        """What is published now."""
        return {"publication": reads.current_publication()}


@require_safe
def feature_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One feature with everything it is related to."""
    feature = reads.feature_detail(slug)
    return render(request, "trace/feature.html", {"page_title": feature.entry.name, "feature": feature})


@require_http_methods(["GET", "HEAD", "POST"])
def exports_page(request: HttpRequest) -> HttpResponse:
    """What was published when; a POST starts an export, or finds the one that is under way."""
    if request.method == "POST":
        return _start_export(request)
    context = {
        "page_title": "Exports",
        "latest_panel": LatestExportPanel(),
        "published_panel": PublishedPanel(),
        "links": reads.public_links(),
    }
    return render(request, "trace/exports.html", context)


def _start_export(request: HttpRequest) -> HttpResponse:
    EXPORT.check(request.user)
    run = start("trace", "export", actor=request.user, key=reads.EXPORT_KEY)
    messages.success(request, "The export has been queued." if run.created else "An export is under way already.")
    if is_partial(request):  # the page stays: its panels are told to look again
        return HttpResponse(badge_fragment(request, "runs"), headers={"HX-Trigger": "vault:refresh"})
    return back_to(request, reverse("trace_exports"))
