"""Django's admin: users and groups, each change with its event. What belongs to runs is not changed here.

Only superusers give rights, and only they change other superusers: else whoever may edit users could edit themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.models import EmailAddress
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success

from domains.audit.writes import record_event

HIDDEN = "[hidden]"
RIGHTS = ("is_superuser", "groups", "user_permissions")


class RecordedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Writes an event beside each entry of Django's own log."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row to change; what it was is kept for the event."""
        found = super().get_object(request, object_id, from_field)
        request.vault_before = values_of(found) if found else {}  # type: ignore[attr-defined]
        return found

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A row was added."""
        record("created", obj, None, values_of(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A row was changed; saving it as it was is no change."""
        before, after = getattr(request, "vault_before", {}), values_of(obj)
        changed = [name for name in after if before.get(name) != after[name]]
        if changed:
            record("updated", obj, {n: before.get(n) for n in changed}, {n: after[n] for n in changed})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Any]) -> Any:
        """Rows are about to be deleted."""
        for row in queryset:
            record("deleted", row, values_of(row), None)
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]


class RecordedUserAdmin(RecordedAdmin, UserAdmin):  # type: ignore[type-arg]
    """Users."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights are given by superusers."""
        given = super().get_readonly_fields(request, obj)
        return given if _is_superuser(request) else (*given, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers are changed by superusers."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers are deleted by superusers."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)


class RecordedGroupAdmin(RecordedAdmin, GroupAdmin):
    """Groups: sets of rights, so superusers make them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers."""
        return _is_superuser(request)


class ShownAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows to look at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def values_of(row: Model) -> dict[str, Any]:
    """Every field as a JSON value; the password as its hash, which `record` hides."""
    values: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        value = field.value_from_object(row)
        values[field.name] = value.isoformat() if hasattr(value, "isoformat") else value
    for many in row._meta.many_to_many:
        values[many.name] = sorted(str(other) for other in getattr(row, many.name).all())
    return {name: value for name, value in values.items() if name not in ("id", "last_login")}


def record(said: str, row: Model, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """One event about a user or a group, without the password."""
    kind = str(row._meta.model_name)
    shown = [side and side | ({"password": HIDDEN} if "password" in side else {}) for side in (before, after)]
    record_event(
        f"permissions.{kind}.{said}",
        object_type=kind,
        object_id=row.pk,
        object_name=str(row),
        before=shown[0],
        after=shown[1],
    )


def _is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


def _may_touch(request: HttpRequest, user: Any) -> bool:
    return user is None or not user.is_superuser or _is_superuser(request)


TAKEN_OVER = (User, Group, AccessAttempt, AccessLog, AccessFailureLog)
CLOSED = (EmailAddress, Schedule, Success, Failure, OrmQ)  # the last one is there with the queue in the database only

admin.site.unregister([model for model in (*TAKEN_OVER, *CLOSED) if admin.site.is_registered(model)])
admin.site.register(User, RecordedUserAdmin)
admin.site.register(Group, RecordedGroupAdmin)
admin.site.register([AccessAttempt, AccessLog, AccessFailureLog], ShownAdmin)
