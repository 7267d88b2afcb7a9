"""What this dashboard adds to the navigation and the palette."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dashboards.audit import objects
from dashboards.shell import navigation, palette
from dashboards.shell.navigation import NavItem
from dashboards.shell.palette import PaletteEntry
from dashboards.trace.kinds import KINDS, row_url
from domains.trace import reads

ROWS = tuple(name for kind in KINDS.values() for name in (kind.list_name, kind.page_name))
ITEMS = (
    ("Features", "trace_features", "file-json", "g f", ROWS),
    ("Matrix", "trace_matrix_gateways", "table", "g m", ("trace_matrix_tiers", "trace_matrix_tags")),
    ("Snapshots", "trace_snapshots", "history", "g n", ("trace_snapshot", "trace_difference", "trace_history")),
    ("Exports", "trace_exports", "upload", "g x", ("trace_connection", "trace_preview")),
)
COMMANDS = (
    ("Connection to Notion", "trace_connection", "link"),
    ("Preview as a reader", "trace_preview", "eye"),
    ("Difference of two snapshots", "trace_difference", "history"),
    *((KINDS[name].title, KINDS[name].list_name, KINDS[name].icon) for name in ("gateways", "tiers", "tags")),
)


def register() -> None:
    """Register its pages and the search for rows."""
    for label, url_name, icon, keys, match in ITEMS:
        navigation.register(NavItem(label, url_name, icon, group="Trace", keys=keys, match=match))
    for label, url_name, icon in COMMANDS:
        palette.register_command(label, url_name, icon=icon, hint="Trace")
    palette.register_source("Features", _search)
    objects.register_kind("trace.snapshot", objects.ObjectKind(href=_snapshot_href))
    objects.register_kind("trace.connection", objects.ObjectKind(href=lambda event: reverse("trace_connection")))


def _snapshot_href(event: Any) -> str:
    """Page of the snapshot, as long as it is kept."""
    return reverse("trace_snapshot", args=[event.object_name]) if reads.is_kept(event.object_name) else ""


def _search(request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
    return [
        PaletteEntry(name, row_url(kind, slug), KINDS[kind].icon, status or KINDS[kind].one)
        for name, kind, slug, status in reads.entry_search(text, palette.MAX_PER_SOURCE)
    ]
