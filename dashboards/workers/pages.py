"""What this dashboard adds to the navigation."""

from __future__ import annotations

from dashboards.shell import navigation
from dashboards.shell.navigation import NavItem


def register() -> None:
    """Register its pages."""
    navigation.register(NavItem("Workers", "workers", "cpu", group="System", keys="g w"))
    navigation.register(
        NavItem("Failed tasks", "failed_tasks", "triangle-alert", group="System", keys="g t", match=("failed_task",))
    )
