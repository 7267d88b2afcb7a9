"""Whoever acts now, as a user whose permissions can be asked for."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from domains.base.ambient import current
from domains.permissions.service import users


def acting_user() -> User | AnonymousUser | None:
    """The user who acts now; None for Vault itself and for a shell, an anonymous user for nobody known."""
    who = current()
    if who.actor_id is not None:
        return users.filter(pk=who.actor_id).first() or AnonymousUser()
    return AnonymousUser() if who.actor_name == "anonymous" else None
