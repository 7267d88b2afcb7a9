"""The navigation: a registry of what stands in the sidebar, who sees it and which key leads there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from domains.permissions.access import STAFF, Access

GROUPS = ("", "Trace", "Club", "Data", "Customers", "System")


@dataclass(frozen=True, slots=True)
class Badge:
    """A short figure behind an item: `tone` is "", "ok", "warn", "bad" or "run"; `label` is said by screen readers."""

    text: str
    tone: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One page in the sidebar. `keys` is a sequence such as "g h"; `match` names further routes that mark it current.

    `badge` is asked on every page, so it must cost one cheap query at most.
    """

    label: str
    url_name: str
    icon: str
    group: str = ""
    access: Access = STAFF
    badge: Callable[[HttpRequest], Badge | None] | None = None
    keys: str = ""
    match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NavEntry:
    """An item as one viewer sees it on one page."""

    item: NavItem
    href: str
    current: bool
    badge: Badge | None

    @property
    def counts(self) -> bool:
        """Whether it may have a badge, now or later."""
        return self.item.badge is not None


_items: list[NavItem] = []


def register(item: NavItem) -> None:
    """Add a page to the sidebar. Raises ValueError for an unknown group, a name taken or keys taken."""
    if item.group not in GROUPS:
        raise ValueError(f"{item.label}: there is no navigation group {item.group!r}, only {GROUPS}.")
    if any(other.url_name == item.url_name for other in _items):
        raise ValueError(f"{item.url_name} is in the navigation already.")
    if item.keys and any(other.keys == item.keys for other in _items):
        raise ValueError(f"{item.label}: the keys {item.keys!r} are taken.")
    _items.append(item)


def visible_items(request: HttpRequest) -> list[NavItem]:
    """The items that the viewer may reach, in order of registration."""
    return [item for item in _items if item.access.allows(request.user)]


def entries(request: HttpRequest) -> list[tuple[str, Sequence[NavEntry]]]:
    """The sidebar of this viewer on this page: groups that are not empty, each with its entries."""
    shown = [_entry(item, request) for item in visible_items(request)]
    groups = [(group, [entry for entry in shown if entry.item.group == group]) for group in GROUPS]
    return [(group, members) for group, members in groups if members]


def badge_fragment(request: HttpRequest, url_name: str) -> SafeString:
    """The badge of one item as it is now: sent beside a fragment whose change it counts, it takes its place."""
    item = next(item for item in _items if item.url_name == url_name)
    badge = item.badge(request) if item.badge else None
    return render_to_string("shell/_badge.html", {"name": url_name, "badge": badge, "beside": True})


def _entry(item: NavItem, request: HttpRequest) -> NavEntry:
    match = request.resolver_match
    current = match is not None and match.view_name in (item.url_name, *item.match)
    return NavEntry(item, reverse(item.url_name), current, item.badge(request) if item.badge else None)
