"""The site's routes, with the peers that the stats benchmark measures against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboards.core.charts import ChartsPanel
from dashboards.core.panels import FactsPanel, HostPanel, ProcessesPanel, render_host, render_processes
from dashboards.core.views import WINDOWS
from domains.base.ready import ReadyBytes
from domains.core.host import HostReader
from domains.core.processes import ProcessReader
from domains.core.rules import derive
from domains.core.snapshot import Counters, Snapshot
from domains.permissions.access import PUBLIC, STAFF
from domains.permissions.routes import route
from vault_site.urls import urlpatterns as site

BODY = b"x" * 5000
reader = HostReader(state=Path(settings.VAULT_HOME), processes=ProcessReader(every=0))
before: Counters | None = None


def bare(request: HttpRequest) -> HttpResponse:
    """As little as a Django view can do."""
    return HttpResponse(BODY)


def measured() -> Snapshot:
    """A snapshot taken now, as a page without a sampler would have to."""
    global before
    found = derive(reader.read(), before, by="request")
    before = found.counters
    return found


def stats_by_psutil(request: HttpRequest) -> HttpResponse:
    """The Server page that asks psutil itself."""
    snapshot = measured()

    class LiveHost(HostPanel):
        def body(self, request: HttpRequest) -> ReadyBytes:
            return ReadyBytes(render_host(snapshot).encode(), "live", snapshot.at)

    class LiveProcesses(ProcessesPanel):
        def body(self, request: HttpRequest) -> ReadyBytes:
            return ReadyBytes(render_processes(snapshot, "cpu").encode(), "live", snapshot.at)

    context: dict[str, Any] = {
        "page_title": "Server",
        "host": snapshot.host,
        "host_panel": LiveHost(),
        "charts_panel": ChartsPanel("hour"),
        "processes_panel": LiveProcesses("cpu"),
        "facts_panel": FactsPanel(),
        "windows": WINDOWS,
        "window": "hour",
        "sorts": {"cpu": "By CPU", "memory": "By memory"},
        "sort": "cpu",
    }
    return render(request, "core/server.html", context)


urlpatterns = [
    route("bench/bare/", bare, access=PUBLIC),
    route("bench/bare-staff/", bare, access=STAFF),
    route("bench/stats-by-psutil/", stats_by_psutil, access=STAFF),
    *site,
]
