"""Notion itself, read by its API into the mirror."""

from __future__ import annotations

from dataclasses import dataclass

NOTION = "notion"


@dataclass(frozen=True, slots=True)
class NotionWorkspace:
    """The four databases that are configured."""

    @property
    def name(self) -> str:
        """Always Notion."""
        return "Notion"
