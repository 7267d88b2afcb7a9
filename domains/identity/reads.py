"""Questions about a person's preferences."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from domains.identity.rules import Preferences
from domains.identity.service import column_choices
from domains.identity.service import preferences as rows

__all__ = ["Preferences", "columns", "preferences"]


def preferences(user: Any) -> Preferences:
    """What this user prefers; the defaults for nobody and for whoever has saved nothing."""
    row = rows.find(user_id=user.pk) if user is not None and user.is_authenticated else None
    if row is None:
        return Preferences()
    return Preferences(**{field.name: getattr(row, field.name) for field in fields(Preferences)})


def columns(user: Any, key: str) -> list[str] | None:
    """The columns that this user chose for the list called `key`, in order; None for no choice."""
    row = column_choices.find(user_id=user.pk, key=key) if user is not None and user.is_authenticated else None
    return None if row is None else list(row.columns)
