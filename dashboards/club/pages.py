"""What this dashboard adds to the navigation, the palette and the pages of changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from dashboards.audit import objects
from dashboards.shell import navigation, palette
from dashboards.shell.navigation import NavItem
from dashboards.shell.palette import PaletteEntry
from domains.club import reads

SOURCES = (
    "club_source",
    "club_source_create",
    "club_source_edit",
    "club_source_found",
    "club_source_delete",
    "club_community",
    "club_community_decide",
)
ITEMS = (
    ("Overview", "club_overview", "trending-up", "g o", ()),
    ("Features", "club_features", "boxes", "g b", ("club_feature",)),
    ("Members", "club_members", "users", "g u", ("club_member", "club_member_erase")),
    ("Collections", "club_collections", "history", "g k", ("club_collection",)),
    ("Sources", "club_sources", "link", "g q", SOURCES),
    ("Service health", "club_service_health", "heart-pulse", "g v", ("club_cache",)),
)
COMMANDS = (
    ("Cache of Club", "club_cache", "database"),
    ("Names in public JSON", "club_community", "eye"),
)


def register() -> None:
    """Register its pages, its search and where its objects have their pages."""
    for label, url_name, icon, keys, match in ITEMS:
        navigation.register(NavItem(label, url_name, icon, group="Club", keys=keys, match=match))
    for label, url_name, icon in COMMANDS:
        palette.register_command(label, url_name, icon=icon, hint="Club")
    palette.register_source("Community features", _features)
    palette.register_source("Members", _members)
    palette.register_source("Sources", _sources)
    objects.register_kind(reads.SOURCE_TYPE, objects.ObjectKind(href=_source_href))
    objects.register_kind(reads.COMMUNITY_TYPE, objects.ObjectKind(href=lambda event: reverse("club_community")))
    objects.register_kind("club.cache", objects.ObjectKind(href=lambda event: reverse("club_cache")))


def _features(request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
    return [
        PaletteEntry(
            found.name, reverse("club_feature", args=[found.application, found.slug]), "boxes", found.application
        )
        for found in reads.feature_search(text, palette.MAX_PER_SOURCE)
    ]


def _members(request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
    return [
        PaletteEntry(found.name, reverse("club_member", args=[found.uuid]), "user", found.application)
        for found in reads.member_search(text, palette.MAX_PER_SOURCE)
    ]


def _sources(request: HttpRequest, text: str) -> Iterable[PaletteEntry]:
    return [
        PaletteEntry(found.name, reverse("club_source", args=[found.uuid]), "link", found.application)
        for found in reads.source_search(text, palette.MAX_PER_SOURCE)
    ]


def _source_href(event: Any) -> str:
    """Page of the source, as long as it is there."""
    return reverse("club_source", args=[event.object_id]) if reads.is_source(event.object_id) else ""
