"""Saving what a person prefers, and taking it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from domains.audit.writes import record_event
from domains.identity.rules import Preferences
from domains.identity.service import column_choices, preferences
from domains.orchestration.context import context_manager

if TYPE_CHECKING:
    from domains.orchestration.main import MainOrchestrator

FIELDS = tuple(asdict(Preferences()))


@context_manager(set_contexts={"common": ["before"]})
def store_preferences(orchestrator: MainOrchestrator, *, user_id: int, changes: dict[str, Any]) -> None:
    """Set these preferences of one person and keep what they were."""
    row = preferences.find(user_id=user_id)
    before = {name: getattr(row, name) for name in changes} if row else None
    orchestrator.set_context_value("before", before)
    if row:
        preferences.update(row, **changes)
    else:
        preferences.create(user_id=user_id, **changes)
    _record("identity.preferences.saved", user_id, before, changes)


@context_manager(get_contexts={"common": ["before"]})
def restore_preferences(orchestrator: MainOrchestrator, *, user_id: int, changes: dict[str, Any]) -> None:
    """Put back what the preferences were; may be called twice."""
    before = orchestrator.get_context_value("before")
    row = preferences.find(user_id=user_id)
    if row is None or (before and all(getattr(row, name) == value for name, value in before.items())):
        return
    if before is None:
        preferences.delete(row)
    else:
        preferences.update(row, **before)
    _record("identity.preferences.restored", user_id, changes, before)


@context_manager(set_contexts={"common": ["before"]})
def store_columns(orchestrator: MainOrchestrator, *, user_id: int, key: str, columns: list[str]) -> None:
    """Set the columns of one list for one person; none at all means the list's own columns again."""
    row = column_choices.find(user_id=user_id, key=key)
    before = list(row.columns) if row else None
    orchestrator.set_context_value("before", before)
    _set_columns(user_id, key, columns or None)
    _record("identity.columns.saved", user_id, {key: before}, {key: columns})


@context_manager(get_contexts={"common": ["before"]})
def restore_columns(orchestrator: MainOrchestrator, *, user_id: int, key: str, columns: list[str]) -> None:
    """Put back what the columns were; may be called twice."""
    before = orchestrator.get_context_value("before")
    row = column_choices.find(user_id=user_id, key=key)
    if (list(row.columns) if row else None) == before:
        return
    _set_columns(user_id, key, before)
    _record("identity.columns.restored", user_id, {key: columns}, {key: before})


def _set_columns(user_id: int, key: str, columns: list[str] | None) -> None:
    row = column_choices.find(user_id=user_id, key=key)
    if columns is None:
        if row:
            column_choices.delete(row)
    elif row:
        column_choices.update(row, columns=columns)
    else:
        column_choices.create(user_id=user_id, key=key, columns=columns)


def _record(action: str, user_id: int, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    record_event(
        action,
        object_type="identity.preferences",
        object_id=user_id,
        object_name="Preferences",
        before=before,
        after=after,
    )
