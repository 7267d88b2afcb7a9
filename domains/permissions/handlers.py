"""What others tell about users, as events."""

from __future__ import annotations

from typing import Any

from domains.audit.writes import record_event


def password_changed(user: Any, **signal: Any) -> None:
    """Somebody has changed their own password."""
    record_event("permissions.password.changed", object_type="user", object_id=user.pk, object_name=user.get_username())
