"""Home: what needs a look, at a glance."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.home.panels import HourPanel, RunsPanel, TilesPanel
from dashboards.trace.panels import LatestExportPanel


@require_safe
def home_page(request: HttpRequest) -> HttpResponse:
    """Tiles, the last hour, the latest export and the recent runs."""
    context = {
        "page_title": "Home",
        "tiles_panel": TilesPanel(),
        "hour_panel": HourPanel(),
        "export_panel": LatestExportPanel(),
        "runs_panel": RunsPanel(),
    }
    return render(request, "home/home.html", context)
