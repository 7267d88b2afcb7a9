"""Every error a view raises becomes an answer here; nothing of a traceback leaves the server, DEBUG or not."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.http.multipartparser import MultiPartParserError

from dashboards.shell import errors
from domains.base.errors import VaultError

log = structlog.get_logger(__name__)


class ErrorMiddleware:
    """Answers for errors of views, for addresses that match no route, and for methods that a view does not know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request; give a body to Django's bare 404 and 405."""
        response = self.get_response(request)
        if response.status_code == 404 and request.resolver_match is None:
            return errors.not_found(request)
        if isinstance(response, HttpResponseNotAllowed):
            return errors.method_not_allowed(request, response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse:
        """The answer to what a view raised. What nobody foresaw is logged and stays unnamed."""
        if isinstance(exception, VaultError):
            if exception.status >= 500:
                log.error("request_failed", code=exception.code, error=exception.message, detail=exception.detail)
            return errors.respond(exception, request)
        if isinstance(exception, Http404):
            return errors.not_found(request)
        if isinstance(exception, PermissionDenied):
            return errors.forbidden(request)
        if isinstance(exception, (SuspiciousOperation, BadRequest, MultiPartParserError)):
            return errors.bad_request(request)
        # Whoever listens, django-structlog among them, logs the exception with its traceback.
        got_request_exception.send(sender=type(self), request=request)
        return errors.server_error(request, exception)
