"""Snapshots: what was published when, one of them, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe
from django_filters import CharFilter, ChoiceFilter, DateFromToRangeFilter

from dashboards.shell.filters import FilterSet
from dashboards.shell.list_page import ListPage
from dashboards.shell.tables import Column, MomentColumn, NumberColumn, Table
from dashboards.shell.templatetags.shell import icon
from domains.base.errors import NotFound
from domains.orchestration.start import start
from domains.permissions.access import permission
from domains.trace import reads, rules
from domains.trace.reads import PUBLISH_KEY

PUBLISH = permission("trace.publish_trace")
WIDE = {"th": {"class": "extra"}, "td": {"class": "extra"}}


def snapshot_url(name: str) -> str:
    """Page of a snapshot."""
    return reverse("trace_snapshot", args=[name])


class PublicationTable(Table):
    """Publications; a snapshot may have been published more than once."""

    default_columns = ("at", "snapshot", "rows", "added", "changed", "removed", "actor_name")

    at = MomentColumn(verbose_name="Published", order_by="id", initial_sort_descending=True)
    snapshot = Column(accessor="snapshot__name", orderable=False, attrs={"td": {"class": "nowrap"}})
    rows = Column(accessor="snapshot__counts", orderable=False, attrs=WIDE)
    added = NumberColumn(initial_sort_descending=True)
    changed = NumberColumn(initial_sort_descending=True)
    removed = NumberColumn(initial_sort_descending=True)
    actor_name = Column(verbose_name="By")
    checked = MomentColumn(verbose_name="Last found unchanged", attrs=WIDE)
    source = Column(orderable=False, attrs=WIDE)
    run_uuid = Column(verbose_name="Run", orderable=False, attrs=WIDE)

    def render_snapshot(self, value: str, record: Any) -> SafeString:
        """The name as a link, and whether readers get it now."""
        current = format_html(' <span class="tag ok">{}Current</span>', icon("circle-check")) if record.current else ""
        return format_html('<a href="{}"><code>{}</code></a>{}', snapshot_url(value), value, current)

    def value_snapshot(self, value: str) -> str:
        """The name."""
        return value

    def render_rows(self, value: dict[str, int]) -> SafeString:
        """Counts by kind in words."""
        return format_html('<span class="least small">{}</span>', rules.counted(value))

    def value_rows(self, value: dict[str, int]) -> str:
        """The same words."""
        return rules.counted(value)

    def render_run_uuid(self, value: str) -> SafeString:
        """The run that published it."""
        return format_html('<a href="{}"><code>{}</code></a>', reverse("run", args=[value]), value[:8])

    def value_run_uuid(self, value: str) -> str:
        """The run's uuid."""
        return value


class PublicationFilters(FilterSet):
    """By snapshot, who published it, when, and whether anything differed."""

    search_fields = ("snapshot__name", "actor_name", "source")
    actor = CharFilter(field_name="actor_name", lookup_expr="icontains", label="By", max_length=150)
    differs = ChoiceFilter(
        label="Removed rows", method="with_removed", choices=[("yes", "Some"), ("no", "None")], empty_label="Any"
    )
    at = DateFromToRangeFilter(label="Published")

    def with_removed(self, rows: Any, name: str, value: str) -> Any:
        """Publications that took rows away, or took none."""
        return rows.filter(removed__gt=0) if value == "yes" else rows.filter(removed=0)


class SnapshotsPage(ListPage):
    """The timeline of what readers got, and above it the snapshots that wait for approval."""

    key, title, icon = "trace.snapshots", "Snapshots", "history"
    template_name = "trace/snapshots.html"
    table_class, filterset_class = PublicationTable, PublicationFilters
    search_label = "Search snapshots"
    empty_text = "Nothing has been published yet."
    empty_action = ("Go to exports", "/trace/exports/")
    default_sort = "-at"

    def queryset(self) -> Any:
        """Every publication that is kept."""
        return reads.publication_list()

    def context(self) -> dict[str, Any]:
        """What waits for approval."""
        return {"held": reads.held_snapshots(), "current": reads.current_publication()}


@require_safe
def snapshot_page(request: HttpRequest, name: str) -> HttpResponse:
    """One snapshot: its rows by application, when readers got it, and what can be asked of it."""
    snapshot = reads.snapshot_get(name)
    current = reads.current_publication()
    publications = list(reads.publications_of(snapshot))
    context = {
        "page_title": f"Snapshot {name}",
        "snapshot": snapshot,
        "documents": reads.documents_of(snapshot),
        "publications": publications,
        "kinds": rules.KINDS,
        "is_current": bool(current and current.snapshot_id == snapshot.pk),
        "other": reads.compared_with(snapshot, current),
        "deeds": [deed for deed in DEEDS.values() if deed.fits(snapshot, current)],
        "may_publish": PUBLISH.allows(request.user),
        "permission": PUBLISH.permission,
    }
    return render(request, "trace/snapshot.html", context)


@dataclass(frozen=True, slots=True)
class Deed:
    """`fits(snapshot, current)` tells whether it can be asked now; `said` is the sentence afterwards."""

    name: str
    label: str
    icon: str
    tone: str
    fits: Callable[[Any, Any], bool]
    said: str


def _can_publish(snapshot: Any, current: Any) -> bool:
    return not snapshot.held and (current is None or current.snapshot_id != snapshot.pk)


DEEDS = {
    deed.name: deed
    for deed in (
        Deed("publish", "Publish again", "upload", "primary", _can_publish, "The snapshot will be published again."),
        Deed(
            "approve",
            "Approve and publish",
            "check",
            "primary",
            lambda snapshot, current: bool(snapshot.held),
            "The snapshot is approved and will be published.",
        ),
        Deed(
            "dismiss",
            "Dismiss",
            "trash-2",
            "danger",
            lambda snapshot, current: bool(snapshot.held),
            "The snapshot will be dismissed.",
        ),
    )
}


@require_POST
def snapshot_deed(request: HttpRequest, name: str, deed: str) -> HttpResponse:
    """Start the run that does it, and lead to its page."""
    PUBLISH.check(request.user)
    if deed not in DEEDS:
        raise NotFound("Nothing of this name can be asked of a snapshot.")
    reads.snapshot_get(name)
    run = start("trace", deed, actor=request.user, key=PUBLISH_KEY, snapshot=name)
    messages.success(request, DEEDS[deed].said if run.created else "Another snapshot is just being published.")
    return HttpResponseRedirect(run_url(run.uuid), status=303)


def run_url(uuid: UUID) -> str:
    """Page of a run."""
    return reverse("run", args=[uuid])
