"""What the tests of Club's pages share."""

from __future__ import annotations

from tests.dashboards.club.staff import collector, eraser, folder, forum, manager

__all__ = ["collector", "eraser", "folder", "forum", "manager"]
