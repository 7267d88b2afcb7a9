"""The step that clears the cache of published documents."""

from __future__ import annotations

from domains.audit.writes import record_event
from domains.base.database import atomic_write
from domains.club import cached
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator


@context_manager()
def clear_cache(orchestrator: MainOrchestrator, keys: list[str] | None) -> None:
    """Forget these keys, None for all, and say so in the audit log. Raises ValidationFailed for an unknown key."""
    count = cached.clear(keys)
    named = sorted(keys) if keys is not None else []
    with atomic_write():
        record_event(
            "club.cache.cleared",
            object_type="club.cache",
            object_id=named[0] if len(named) == 1 else "all",
            object_name=", ".join(named) or "All keys",
            after={"cleared": count},
        )
    message = f"{count} key{' was' if count == 1 else 's were'} cleared." if count else "Nothing was set."
    orchestrator.set_context_value("result", {"message": message, "cleared": count})
