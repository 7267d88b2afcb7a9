"""How Club fares: published files, cache, database, and whether sources answer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboards.shell.panels import SharedPanel
from domains.club import reads
from domains.club.start import start_test
from domains.permissions.access import permission

MANAGE = permission("club.manage_sources")
MOST_SOURCES = 200


class ServicePanel(SharedPanel):
    """Files, cache and database: looked up once in ten seconds for all viewers."""

    name = "club-service"
    title = "Files, cache and database"
    template = "club/_service.html"
    keep = 10.0

    def __init__(self) -> None:
        super().__init__(url=reverse("club_service_panel"))

    def figures(self) -> dict[str, Any]:
        """The figures of now."""
        return {"health": reads.health_status()}


class ReachPanel(SharedPanel):
    """Whether sources answer: what the last collection and the last test have seen, the worst first."""

    name = "club-reach"
    title = "Sources"
    template = "club/_reach.html"
    keep = 3.0

    def __init__(self) -> None:
        super().__init__(url=reverse("club_reach_panel"))

    def figures(self) -> dict[str, Any]:
        """The active sources; those that fail come first."""
        found: list[Any] = list(reads.reachability()[: MOST_SOURCES + 1])
        shown = sorted(found[:MOST_SOURCES], key=lambda source: source.standing != "failing")
        return {
            "rows": [(source, reads.report_of(source)) for source in shown],
            "failing": sum(source.standing == "failing" for source in shown),
            "most": MOST_SOURCES if len(found) > MOST_SOURCES else 0,
        }


@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Both panels, which renew themselves."""
    context = {
        "page_title": "Service health",
        "service_panel": ServicePanel(),
        "reach_panel": ReachPanel(),
        "may_manage": MANAGE.allows(request.user),
    }
    return render(request, "club/health.html", context)


@require_POST
def test_every_source(request: HttpRequest) -> HttpResponse:
    """Have every active source asked whether it works, each in a run of its own."""
    found = list(reads.reachability()[:MOST_SOURCES])
    for source in found:
        start_test(request.user, source)
    many = "" if len(found) == 1 else "s"
    messages.success(request, f"Vault asks {len(found):,} source{many}. What they answer appears here.")
    return HttpResponseRedirect(reverse("club_service_health"), status=303)
