"""What this dashboard adds to the navigation, the palette and the pages of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dashboards.audit import objects
from dashboards.schedules import bulk
from dashboards.schedules.views import OBJECT_TYPE
from dashboards.schedules.words import times_in_words
from dashboards.shell import navigation, palette
from dashboards.shell.navigation import NavItem
from domains.orchestration import reads

ICON = "calendar"
MATCH = ("schedule", "schedule_create", "schedule_edit", "schedule_delete")


def register() -> None:
    """Register its pages."""
    navigation.register(NavItem("Schedules", "schedules", ICON, group="System", keys="g d", match=MATCH))
    palette.register_source("Schedules", _search)
    palette.register_command("Add a schedule", "schedule_create", icon="plus", access=bulk.ADD)
    objects.register_kind(OBJECT_TYPE, objects.ObjectKind(href=_href))


def _search(request: HttpRequest, text: str) -> Iterable[palette.PaletteEntry]:
    words = text.casefold().split()
    for row in reads.schedule_list():
        if all(word in f"{row.name} {row.orchestrator} {row.method}".casefold() for word in words):
            hint = "paused" if row.paused else times_in_words(row.cron, row.interval_s, row.time_zone)
            yield palette.PaletteEntry(row.name, reverse("schedule", args=[row.uuid]), ICON, hint)


def _href(event: Any) -> str:
    uuid = reads.as_uuid(event.object_id)
    return reverse("schedule", args=[uuid]) if uuid and reads.schedule_list().filter(uuid=uuid).exists() else ""
