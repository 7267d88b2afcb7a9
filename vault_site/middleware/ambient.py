"""The signed-in user as the actor of everything that the request changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponseBase

from domains.base.ambient import ambient
from domains.permissions.actors import actor_of

log = structlog.get_logger(__name__)


class AmbientMiddleware:
    """Reads the user only when the session cookie is there, so that public answers never touch the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request with its actor set."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            with ambient(actor_name="anonymous"):
                return self.get_response(request)
        actor = self._actor(request)
        structlog.contextvars.bind_contextvars(user_id=actor["actor_id"])
        with ambient(**actor):
            return self.get_response(request)

    def _actor(self, request: HttpRequest) -> dict[str, Any]:
        """The user, or nobody known while the database is down: probes answer all the same, and nobody can write."""
        try:
            return actor_of(request.user)
        except DatabaseError as error:
            log.warning("ambient.user_unknown", reason=str(error).strip())
            return actor_of(AnonymousUser())
