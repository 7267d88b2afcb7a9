"""The four kinds of rows as pages name them."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from domains.trace import rules


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is that of the public documents, `one` the same in the singular."""

    name: str
    one: str
    icon: str

    @property
    def title(self) -> str:
        """The heading of its list."""
        return self.name.capitalize()

    @property
    def list_name(self) -> str:
        """Name of the route of its list."""
        return f"trace_{self.name}"

    @property
    def page_name(self) -> str:
        """Name of the route of one row."""
        return f"trace_{self.one}"

    @property
    def href(self) -> str:
        """Address of its list."""
        return reverse(self.list_name)


_ICONS = {"features": "file-json", "gateways": "globe", "tiers": "boxes", "tags": "tags"}
KINDS = {name: Kind(name, rules.DATA_TYPES[name], _ICONS[name]) for name in rules.KINDS}


def row_url(kind: str, slug: str) -> str:
    """Page of one row."""
    return reverse(KINDS[kind].page_name, args=[slug])
