"""What this dashboard adds to the navigation."""

from __future__ import annotations

from dashboards.shell import navigation
from dashboards.shell.navigation import NavItem


def register() -> None:
    """Register the API log."""
    navigation.register(NavItem("API log", "public_api_log", "activity", group="Data", keys="g l"))
