"""A list page over the audit's events, and its routes: what the tests of the shell look at."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dashboards.shell.filters import FilterSet
from dashboards.shell.list_page import BulkAction, ListPage
from dashboards.shell.panels import Panel, panel_view
from dashboards.shell.tables import CodeColumn, Column, MomentColumn, NumberColumn, Table
from domains.audit.reads import event_list
from domains.base.errors import Conflict, NotFound, Unavailable, ValidationFailed
from domains.base.ready import ReadyBytes
from domains.permissions.access import PUBLIC, STAFF, permission
from domains.permissions.routes import route
from vault_site.urls import handler400, handler403, handler404, handler429, handler500
from vault_site.urls import urlpatterns as site

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]


class EventTable(Table):
    """Events in four columns, three of them shown."""

    default_columns = ("object_name", "number", "action")
    object_name = Column(verbose_name="Object")
    number = NumberColumn(accessor="object_id", verbose_name="Number")
    action = CodeColumn()
    at = MomentColumn(verbose_name="When")
    after = CodeColumn(orderable=False)


class EventFilter(FilterSet):
    """Filters of several kinds."""

    search_fields = ("object_name", "action")
    application = django_filters.ChoiceFilter(choices=[("skyflow", "Skyflow"), ("nexus", "Nexus")])
    number = django_filters.NumberFilter(field_name="object_id", label="Number")
    at = django_filters.DateFromToRangeFilter(label="When")


def rename(request: HttpRequest, rows: Any) -> str:
    """A bulk action that changes something a test can see."""
    return f"Renamed {rows.update(object_name='renamed')} events."


class Events(ListPage):
    """The list under test."""

    key = "test.events"
    title = "Events"
    table_class = EventTable
    filterset_class = EventFilter
    empty_text = "Nothing has happened yet."
    empty_action = ("Make something happen", "/")
    actions = (
        BulkAction("rename", "Rename", "pencil", permission("audit.change_event"), rename),
        BulkAction("ask", "Rename with care", "pencil", STAFF, rename, confirm="Rename {n} events?"),
    )

    def queryset(self) -> Any:
        """Every event."""
        return event_list()


class BigEvents(Events):
    """The same list, counted up to the cap only."""

    approximate_count = True


class SecretEvents(Events):
    """The same list for those who hold a permission."""

    data_access = permission("audit.view_event")


class ClockPanel(Panel):
    """A panel whose template is rendered."""

    name = "clock"
    title = "Clock"
    template = "shell/_toasts_oob.html"
    url = "/t/panel/"
    framed = True

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """Changes only with the query string."""
        return {"messages": request.GET.getlist("m")}


class ReadyPanel(Panel):
    """A panel with bytes that are ready."""

    name = "ready"
    title = "Ready"
    url = "/t/ready/"

    def body(self, request: HttpRequest) -> ReadyBytes:
        """Always the same."""
        return ReadyBytes(b"<p>ready</p>" * 100, "v1", 1_700_000_000.0)


ERRORS = {
    "conflict": Conflict("That run has ended already."),
    "invalid": ValidationFailed("Two things are wrong.", fields={"name": ["A name is missing."], "": ["Too many."]}),
    "missing": NotFound("There is no such run."),
    "down": Unavailable("The sampler does not answer.", detail="secret path /etc"),
    "crash": ZeroDivisionError("secret text"),
    "locked": OperationalError("database is locked, secret path"),
}


def fail(request: HttpRequest, kind: str) -> HttpResponse:
    """Raise what the address names."""
    raise ERRORS[kind]


def say(request: HttpRequest) -> HttpResponse:
    """Queue a message and answer with a fragment, a redirect or nothing."""
    messages.success(request, "Saved it.")
    kind = request.GET.get("as", "")
    if kind == "varied":
        return HttpResponse("<p>fragment</p>", headers={"Vary": "Accept-Language"})
    if kind == "redirect":
        return redirect("/t/say/?as=fragment")
    return HttpResponse(status=204) if kind == "nothing" else HttpResponse("<p>fragment</p>")


def page(request: HttpRequest) -> HttpResponse:
    """A page with both panels."""
    return render(request, "shell/base.html", {"page_title": "Tested", "panels": [ClockPanel, ReadyPanel]})


urlpatterns = [
    route("t/list/", Events.as_view(), name="t_list", access=STAFF),
    route("t/big/", BigEvents.as_view(), name="t_big", access=STAFF),
    route("t/secret/", SecretEvents.as_view(), name="t_secret", access=STAFF),
    route("t/panel/", panel_view(ClockPanel), name="t_panel", access=STAFF),
    route("t/ready/", panel_view(ReadyPanel), name="t_ready", access=PUBLIC),
    route("t/fail/<str:kind>/", fail, name="t_fail", access=PUBLIC),
    route("api/t/fail/<str:kind>/", fail, name="t_api_fail", access=PUBLIC),
    route("t/say/", say, name="t_say", access=STAFF),
    route("t/page/", page, name="t_page", access=STAFF),
    *site,
]
