"""The service by which scripts of the specification export: `ApplicationTraceabilityService(notion_token=…)`."""

from __future__ import annotations

from typing import Any

from domains.base.errors import ValidationFailed
from domains.orchestration.start import run_now
from domains.trace.notion.config import configuration


class ApplicationTraceabilityService:
    """Exports the feature specifications of every application, in this process.

    `notion_token` must be the one that is configured, when it is given: exports of all processes read with one token,
    since Notion's pace is counted by token.
    """

    def __init__(self, notion_token: str = "") -> None:
        if notion_token and notion_token != configuration().token:
            raise ValidationFailed(
                "This is not the token that Vault is configured with. Set NOTION_TOKEN, or enter it on the page of the "
                "connection."
            )

    def run_full_export(self) -> dict[str, Any]:
        """Read everything and publish it; what changed. Raises what the failing step raised."""
        return self._export(full=True)

    def run_incremental_export(self) -> dict[str, Any]:
        """Read what was edited since the last time and publish it; what changed."""
        return self._export(full=False)

    def _export(self, *, full: bool) -> dict[str, Any]:
        result = run_now("trace", "export", full=full).result
        return result if isinstance(result, dict) else {}
