"""What this dashboard adds to the navigation and the palette."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse

from dashboards.shell import navigation, palette
from dashboards.shell.navigation import NavItem
from dashboards.shell.palette import PaletteEntry
from domains.trace import reads


def register() -> None:
    """Register its pages and the search for features."""
    navigation.register(
        NavItem("Features", "trace_features", "file-json", group="Data", keys="g f", match=("trace_feature",))
    )
    navigation.register(NavItem("Exports", "trace_exports", "upload", group="Data", keys="g x"))
    palette.register_source("Features", _search)


def _search(request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
    return [
        PaletteEntry(name, reverse("trace_feature", args=[slug]), "file-json", status)
        for name, slug, status in reads.feature_search(text, palette.MAX_PER_SOURCE)
    ]
