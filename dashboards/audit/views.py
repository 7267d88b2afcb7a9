"""The record of changes: its list, and one change field by field."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.audit.differences import differences
from dashboards.audit.filters import EventFilter
from dashboards.audit.objects import action_words, history_url, kind_of
from dashboards.audit.tables import EventTable
from dashboards.shell.list_page import ListPage
from domains.audit import reads


class EventsPage(ListPage):
    """Every change, newest first."""

    key = "audit.events"
    title = "Changes"
    icon = "history"
    table_class = EventTable
    filterset_class = EventFilter
    search_label = "Search changes"
    empty_text = "Nothing has been changed yet."
    approximate_count = True

    def queryset(self) -> QuerySet[Any]:
        """The rows."""
        return reads.event_list()


@require_safe
def event_page(request: HttpRequest, event_uuid: UUID) -> HttpResponse:
    """One change: who, when, how, and each field before and after."""
    event = reads.event_get(event_uuid)
    kind = kind_of(event.object_type)
    context = {
        "page_title": action_words(event.action),
        "event": event,
        "differences": differences(event.before, event.after, kind.words),
        "object_url": kind.href(event) if kind.href else "",
        "history_url": history_url(event.object_type, event.object_id),
    }
    return render(request, "audit/event.html", context)
