"""Who may reach a route: everyone, staff, or staff with a named permission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest
from rest_framework.permissions import BasePermission

from domains.base.errors import NotAuthenticated, PermissionDenied

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Access:
    """`staff` asks for a signed-in member of staff, `permission` for a Django permission: "trace.export_trace"."""

    staff: bool = True
    permission: str = ""

    def check(self, user: Any) -> None:
        """Raises NotAuthenticated or PermissionDenied unless the user may pass."""
        if not self.staff:
            return
        if not user.is_authenticated:
            raise NotAuthenticated("Please sign in.")
        if not user.is_staff or not user.is_active:
            raise PermissionDenied("This page is for staff. Ask an administrator to make your account a staff account.")
        if self.permission and not user.has_perm(self.permission):
            raise PermissionDenied(
                f"You need the permission {self.permission}. Ask an administrator for it.",
                extra={"permission": self.permission},
            )

    def allows(self, user: Any) -> bool:
        """Whether the user may pass."""
        try:
            self.check(user)
        except (NotAuthenticated, PermissionDenied):
            return False
        return True


PUBLIC = Access(staff=False)
STAFF = Access()


def asked_by_staff(request: HttpRequest) -> bool:
    """Whether a member of staff asks. Looks nobody up without a session cookie; False when the database cannot tell.

    For what answers strangers too, and must answer while the database is down.
    """
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return STAFF.allows(request.user)
    except DatabaseError:
        log.warning("permissions.user_unknown", path=request.path)
        return False


def permission(name: str) -> Access:
    """Staff who hold this Django permission."""
    return Access(permission=name)


class Undeclared(BasePermission):
    """The default of every API view: nobody passes until its route declares who may."""

    def has_permission(self, request: HttpRequest, view: Any) -> bool:
        """Never."""
        return False


def drf_permission(access: Access) -> type[BasePermission]:
    """The same rule for a REST framework view, which signs people in by itself."""

    class Declared(BasePermission):
        def has_permission(self, request: HttpRequest, view: Any) -> bool:
            if not request.user.is_authenticated and access.staff:
                return False
            access.check(request.user)
            return True

    return Declared
