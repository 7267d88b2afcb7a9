"""Users as actors of changes."""

from __future__ import annotations

from typing import Any


def actor_of(user: Any) -> dict[str, Any]:
    """The ambient's actor fields for this user; None stands for the system, an anonymous user for nobody known."""
    if user is None:
        return {"actor_id": None, "actor_name": "system"}
    if not user.is_authenticated:
        return {"actor_id": None, "actor_name": "anonymous"}
    return {"actor_id": user.pk, "actor_name": user.get_username()}
