"""What this dashboard adds to the navigation, the palette and the pages of changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dashboards.applications.conflicts import say
from dashboards.audit import objects
from dashboards.shell import navigation, palette
from domains.applications import reads
from domains.permissions.access import STAFF

ICON = "app-window"


def register() -> None:
    """Register its pages."""
    navigation.register(
        navigation.NavItem(
            "Applications",
            "applications",
            ICON,
            group="Data",
            access=STAFF,
            keys="g a",
            match=(
                "application",
                "application_create",
                "application_edit",
                "application_activate",
                "application_deactivate",
                "application_delete",
            ),
        )
    )
    palette.register_source("Applications", _search)
    objects.register_kind(reads.OBJECT_TYPE, objects.ObjectKind(href=_href, words=say))


def _search(request: HttpRequest, query: str) -> Iterator[palette.PaletteEntry]:
    words = query.casefold().split()
    for info in reads.application_list():
        if all(word in f"{info.name} {info.slug}".casefold() for word in words):
            hint = info.slug if info.active else f"{info.slug}, inactive"
            yield palette.PaletteEntry(info.name, reverse("application", args=[info.slug]), ICON, hint)


def _href(event: Any) -> str:
    known = any(info.slug == event.application for info in reads.application_list())
    return reverse("application", args=[event.application]) if known else ""
