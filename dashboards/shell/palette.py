"""The command palette: pages, commands and whatever the dashboards can search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from django.http import HttpRequest
from django.urls import reverse

from dashboards.shell import navigation
from domains.permissions.access import STAFF, Access

MAX_PER_SOURCE = 8
MAX_QUERY = 100


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One result: a link. `hint` is a few grey words, such as the kind or the state."""

    label: str
    href: str
    icon: str = "arrow-right"
    hint: str = ""


Search = Callable[[HttpRequest, str], Iterable[PaletteEntry]]


@dataclass(frozen=True, slots=True)
class _Command:
    label: str
    url_name: str
    icon: str
    hint: str
    access: Access


_sources: dict[str, Search] = {}
_commands: list[_Command] = []


def register_source(name: str, search: Search) -> None:
    """Add something that can be searched. `search` gets a text that is not empty; its first 8 answers are shown."""
    if name in _sources:
        raise ValueError(f"The palette has a source {name!r} already.")
    _sources[name] = search


def register_command(label: str, url_name: str, *, icon: str, hint: str = "", access: Access = STAFF) -> None:
    """Add a page that is no item of the navigation, such as the preferences."""
    _commands.append(_Command(label, url_name, icon, hint, access))


def results(request: HttpRequest, query: str) -> list[tuple[str, Sequence[PaletteEntry]]]:
    """Groups of results for this viewer; with no query every page and command."""
    query = query.replace("\0", "").strip()[:MAX_QUERY]
    groups = [("Pages", _matching(_pages(request), query)), ("Commands", _matching(_own_commands(request), query))]
    if query:
        groups += [(name, list(islice(search(request, query), MAX_PER_SOURCE))) for name, search in _sources.items()]
    return [(name, entries) for name, entries in groups if entries]


def _pages(request: HttpRequest) -> list[PaletteEntry]:
    return [
        PaletteEntry(item.label, reverse(item.url_name), item.icon, item.keys)
        for item in navigation.visible_items(request)
    ]


def _own_commands(request: HttpRequest) -> list[PaletteEntry]:
    return [
        PaletteEntry(command.label, reverse(command.url_name), command.icon, command.hint)
        for command in _commands
        if command.access.allows(request.user)
    ]


def _matching(entries: list[PaletteEntry], query: str) -> list[PaletteEntry]:
    words = query.casefold().split()
    return [entry for entry in entries if all(word in entry.label.casefold() for word in words)]
