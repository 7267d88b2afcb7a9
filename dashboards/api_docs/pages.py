"""What this dashboard adds to the palette."""

from __future__ import annotations

from dashboards.shell import palette


def register() -> None:
    """Register its page."""
    palette.register_command("JSON interface", "api_docs", icon="file-json", hint="Documentation of /api/")
