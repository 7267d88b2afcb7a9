"""The application that a URL names, on the request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from dashboards.shell.errors import respond
from domains.applications import reads
from domains.base.errors import NotFound
from domains.permissions.access import PUBLIC, Access


class ApplicationContextMiddleware:
    """A route with the keyword `app` finds the application on `request.application`, or is answered with 404.

    Public routes know active applications only, staff pages know all. Who may not see the page learns nothing about
    which applications exist: the view's own refusal comes first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look up `app`, once it is known which route answers."""
        if "app" not in kwargs:
            return None
        access: Access = getattr(view, "vault_access", PUBLIC)
        if access.staff and not access.allows(request.user):
            return None
        try:
            request.application = reads.application_get(  # type: ignore[attr-defined]
                kwargs["app"], active_only=not access.staff
            )
        except NotFound as error:
            return respond(error, request)
        return None
