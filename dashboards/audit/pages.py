"""What this dashboard adds to the navigation and the palette."""

from __future__ import annotations

from dashboards.shell import navigation
from domains.permissions.access import STAFF


def register() -> None:
    """Register its pages."""
    navigation.register(
        navigation.NavItem("Changes", "events", "history", group="System", access=STAFF, keys="g c", match=("event",))
    )
