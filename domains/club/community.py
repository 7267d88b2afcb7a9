"""The service by which scripts of the specification collect: `ClubTraceabilityService().run_full_export_async()`."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from domains.base.errors import UpstreamFailed
from domains.club.waiting import collect_now
from domains.orchestration.states import RunState


class ClubTraceabilityService:
    """Collects the figures of every application from all of its sources at once, and publishes them."""

    def run_full_export(self) -> dict[str, Any]:
        """Collect and publish, as a run that is visible and survives a crash; its result.

        Sources that could not be read fail nothing: `stale` counts them. Raises UpstreamFailed when the run failed.
        """
        run = collect_now()
        if run.state not in (RunState.SUCCESS, RunState.EXITED):
            raise UpstreamFailed((run.error or {}).get("message") or f"The collection ended as {run.state}.")
        return run.result if isinstance(run.result, dict) else {}

    async def run_full_export_async(self) -> dict[str, Any]:
        """The same, to be awaited."""
        return await sync_to_async(self.run_full_export)()
