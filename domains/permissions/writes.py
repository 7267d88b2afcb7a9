"""Making the first user."""

from __future__ import annotations

from django.contrib.auth.models import User

from domains.audit.writes import record_event
from domains.base import database
from domains.permissions.service import users


def create_first_superuser(*, username: str, password: str) -> User | None:
    """A staff superuser, or None and nothing changed where some superuser exists already."""
    with database.atomic_write():
        if users.filter(is_superuser=True).exists():
            return None
        user = User(username=username, is_staff=True, is_superuser=True)
        user.set_password(password)
        user.save()
        record_event(
            "permissions.user.created",
            object_type="permissions.user",
            object_id=user.pk,
            object_name=username,
            after={"username": username, "is_staff": True, "is_superuser": True},
        )
    return user
