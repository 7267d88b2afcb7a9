"""Errors as people and scripts see them: JSON on JSON paths, a toast for htmx, else a page with the request's id."""

from __future__ import annotations

import sys
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

from dashboards.shell.partials import came_from, is_htmx
from domains.base.api import problem
from domains.base.errors import (
    NotAuthenticated,
    NotFound,
    PermissionDenied,
    RateLimited,
    Unavailable,
    ValidationFailed,
    VaultError,
)

JSON_PATHS = ("/api/", "/trace/public/", "/club/public/", "/health.json", "/livez", "/readyz", "/startupz", "/metrics")
PAGES_AMONG_JSON = ("/api/docs/",)
HEADINGS = {
    400: "That request does not fit",
    403: "You may not do this",
    404: "There is nothing here",
    405: "That is not how this page works",
    409: "That is not possible now",
    410: "This was taken away",
    429: "Too many attempts",
    500: "Vault made a mistake",
    502: "A service outside Vault failed",
    503: "Vault cannot answer now",
}
SIGN_IN_AGAIN = "Your form had expired. Go back, reload the page and try again."


class MethodNotAllowed(VaultError):
    """The address exists and does not answer to this method."""

    status: ClassVar[int] = 405
    code: ClassVar[str] = "method_not_allowed"


class BadRequest(VaultError):
    """The request itself is malformed."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"


def is_json_path(request: HttpRequest) -> bool:
    """Whether this address answers in JSON, errors included; so does any other when only JSON is accepted."""
    accept = request.headers.get("Accept", "")
    json_path = request.path.startswith(JSON_PATHS) and not request.path.startswith(PAGES_AMONG_JSON)
    return json_path or ("json" in accept and "text/html" not in accept)


def respond(error: VaultError, request: HttpRequest) -> HttpResponse:
    """The answer to this error: problem+json, the login page, or a page that says what is wrong and what helps."""
    if is_json_path(request):
        return problem(error, request)
    if isinstance(error, NotAuthenticated):
        return to_login(request)
    return problem(error, request) if is_htmx(request) else _page(error, request)


def to_login(request: HttpRequest) -> HttpResponse:
    """Send the viewer to the login page and back; htmx is told to leave the whole page, not to swap a part of it."""
    here = came_from(request, request.get_full_path() if request.method in ("GET", "HEAD") else _referring(request))
    target = f"{reverse('account_login')}?{urlencode({'next': here})}"
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _referring(request: HttpRequest) -> str:
    """Path of the page that held the form, "/" where it is unknown or another site's."""
    referrer = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(referrer, {request.get_host()}):
        return "/"
    parts = urlsplit(referrer)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _page(error: VaultError, request: HttpRequest) -> HttpResponse:
    faults = error.fields if isinstance(error, ValidationFailed) else {}
    context = {
        "error": error,
        "heading": HEADINGS.get(error.status, HEADINGS[500]),
        "faults": [fault for messages in faults.values() for fault in messages],
        "request_id": getattr(request, "request_id", ""),
    }
    # A page about our own mistake asks nothing of the database: that may be what is broken.
    with_request = None if error.status >= 500 else request
    return HttpResponse(render_to_string("shell/error.html", context, with_request), status=error.status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 403."""
    return respond(PermissionDenied("You may not see this page. Ask an administrator for access."), request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 404."""
    return respond(NotFound("This address leads nowhere. It may be mistyped, or what was here is gone."), request)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's 400."""
    return respond(BadRequest("Vault could not read this request."), request)


def server_error(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    """Django's 500, called while the exception is handled. Says nothing of the cause but that it is the database.

    The log has the cause under the request's id.
    """
    if isinstance(exception or sys.exc_info()[1], (OperationalError, InterfaceError)):
        return respond(Unavailable("The database is busy or does not answer. Try again in a moment."), request)
    return respond(VaultError("Something went wrong inside Vault. It has been logged; trying again may help."), request)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """allauth's 429: one address asks too often."""
    return respond(RateLimited("Too many sign-ins from your address. Wait a minute, then try again."), request)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    """Django's 405, in words."""
    response = respond(MethodNotAllowed(f"This address answers to {allowed}, not to {request.method}."), request)
    response["Allow"] = allowed
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, most often from a page that outlived its session. htmx reloads the page."""
    if is_htmx(request) and not is_json_path(request):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    return respond(PermissionDenied(SIGN_IN_AGAIN), request)


def locked_out(request: HttpRequest, response: Any = None, credentials: Any = None) -> HttpResponse:
    """Too many failed logins. Every further attempt starts the wait anew, so the whole of it is named."""
    from axes.helpers import get_cool_off

    wait = get_cool_off(request)
    minutes = max(1, round(wait.total_seconds() / 60)) if wait else 0
    until = f"Wait {minutes} minutes, then try again" if minutes else "Ask an administrator to unlock it"
    error = RateLimited(f"Too many failed sign-ins for this name from your address. {until}.")
    answer = respond(error, request)
    if wait:
        answer["Retry-After"] = str(int(wait.total_seconds()))
    return answer
