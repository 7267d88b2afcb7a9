"""What can be done with a person's preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domains.identity import writes
from domains.identity.rules import check_columns, check_preferences
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager

if TYPE_CHECKING:
    from domains.orchestration.main import MainOrchestrator


class IdentityOrchestrator(metaclass=BaseOrchestrator):
    """Description: Saves what each person prefers; only ever called for the person who asks."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(set_contexts={"common": ["before"]})
    def save_preferences(self, *, user_id: int, **changes: Any) -> None:
        """Description: Set some preferences of one person.

        Input: user_id, and any of theme, density, page_size, time_zone, shortcuts.
        Output: the context value "before" holds what they were, None for defaults.
        """
        kwargs = {"user_id": user_id, "changes": check_preferences(changes)}
        self.orchestrator.set_context_schema({"before": object})
        self.orchestrator.add_step(
            writes.store_preferences, rollback=writes.restore_preferences, title="Save", kind="db", kwargs=kwargs
        )

    @context_manager(set_contexts={"common": ["before"]})
    def save_columns(self, *, user_id: int, key: str, columns: list[str]) -> None:
        """Description: Choose the columns of one list for one person.

        Input: user_id, key of the list, columns in order; none restores the list's own.
        Output: the context value "before" holds what they were, None for no choice.
        """
        kwargs = {"user_id": user_id, "key": key, "columns": check_columns(key, columns)}
        self.orchestrator.set_context_schema({"before": object})
        self.orchestrator.add_step(
            writes.store_columns, rollback=writes.restore_columns, title="Save", kind="db", kwargs=kwargs
        )
