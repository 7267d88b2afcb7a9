"""The request's id: on the request, in the log, in the ambient, in the response."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase

from domains.base.ambient import ambient


class RequestIdMiddleware:
    """Takes the id that django-structlog bound and answers with it as `X-Request-ID`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request under its id."""
        request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
        request.request_id = request_id  # type: ignore[attr-defined]
        with ambient(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response
