"""What this dashboard adds to the navigation and the palette, and what it has the sampler render."""

from __future__ import annotations

from dashboards.core.panels import register_renderers
from dashboards.shell import navigation
from dashboards.shell.navigation import NavItem


def register() -> None:
    """Register its pages and its panels."""
    navigation.register(NavItem("Health", "health", "heart-pulse", group="System", keys="g e"))
    navigation.register(NavItem("Server", "stats", "server", group="System", keys="g s"))
    register_renderers()
