"""The pages of applications: list, view, and what can be done with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dashboards.applications.filters import ApplicationFilter
from dashboards.applications.tables import ApplicationTable
from dashboards.audit.objects import action_words, history_url
from dashboards.shell.list_page import ListPage
from domains.applications import reads
from domains.audit.reads import object_events
from domains.orchestration.start import run_now
from domains.permissions.access import Access, permission

CHANGE = permission("applications.change_application")
DELETE = permission("applications.delete_application")
RECENT = 5


class ApplicationsPage(ListPage):
    """Every application."""

    key = "applications"
    title = "Applications"
    icon = "app-window"
    table_class = ApplicationTable
    filterset_class = ApplicationFilter
    template_name = "applications/list.html"
    search_label = "Search applications"
    empty_text = "No application is registered yet."

    def queryset(self) -> QuerySet[Any]:
        """The rows."""
        return reads.application_rows()


@require_safe
def application_page(request: HttpRequest, app: str) -> HttpResponse:
    """One application: what it is, what its filters show, what is published, who changed it last."""
    info = application_of(request)
    words = reads.filter_words(info.filters)
    events = object_events(reads.OBJECT_TYPE, info.uuid.hex)[:RECENT]
    context = {
        "page_title": info.name,
        "info": info,
        "state": "active" if info.active else "inactive",
        "filters": [(data_type, data_type in info.filters, said) for data_type, said in words.items()],
        "published": reads.publications(info.slug),
        "events": [(event, action_words(event.action)) for event in events],
        "history_url": history_url(reads.OBJECT_TYPE, info.uuid.hex),
    }
    return render(request, "applications/application.html", context)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be asked about first: the orchestrator's method, the question, what is said afterwards."""

    method: str
    access: Access
    question: str
    explanation: str
    button: str
    icon: str
    done: str
    tone: str = "primary"


DEEDS = {
    deed.method: deed
    for deed in (
        Deed(
            "activate",
            CHANGE,
            "Activate {name}?",
            "It is published again with the next export.",
            "Activate",
            "play",
            "{name} is active.",
        ),
        Deed(
            "deactivate",
            CHANGE,
            "Deactivate {name}?",
            "Its public addresses answer “unknown application” from now on. Nothing is deleted.",
            "Deactivate",
            "ban",
            "{name} is inactive.",
            "danger",
        ),
        Deed(
            "delete",
            DELETE,
            "Delete {name}?",
            "Its settings are gone afterwards; the record of changes keeps what they were.",
            "Delete",
            "trash-2",
            "{name} is deleted.",
            "danger",
        ),
    )
}


@require_http_methods(["GET", "HEAD", "POST"])
def deed_page(request: HttpRequest, app: str, method: str) -> HttpResponse:
    """Ask, then do it."""
    deed, info = DEEDS[method], application_of(request)
    deed.access.check(request.user)
    if request.method == "POST":
        run_now("applications", method, actor=request.user, application=app, app=app)
        messages.success(request, deed.done.format(name=info.name))
        return redirect("applications") if method == "delete" else redirect("application", app=app)
    question = deed.question.format(name=info.name)
    return render(request, "applications/deed.html", {"page_title": question, "deed": deed, "info": info})


def application_of(request: HttpRequest) -> reads.ApplicationInfo:
    """The application that the address names, put there by ApplicationContextMiddleware."""
    info: reads.ApplicationInfo = request.application  # type: ignore[attr-defined]
    return info
