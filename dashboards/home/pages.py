"""What this dashboard adds to the navigation."""

from __future__ import annotations

from dashboards.shell import navigation
from dashboards.shell.navigation import NavItem


def register() -> None:
    """Register Home."""
    navigation.register(NavItem("Home", "home", "layout-dashboard", keys="g h"))
