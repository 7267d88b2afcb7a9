"""What every answer to htmx needs: Vary, a login that leaves the panel, toasts beside the fragment."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from dashboards.shell.errors import to_login
from dashboards.shell.partials import is_htmx


class HtmxEdgeMiddleware:
    """Also ends the viewer's time zone with the request, so that it never leaks into the thread's next one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request and mend the answer."""
        with timezone.override(None):
            response = self.get_response(request)
            if is_htmx(request):
                response = self._for_htmx(request, response)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["HX-Request"])
        return response

    def _for_htmx(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if self._leads_to_login(response):
            return to_login(request)
        if isinstance(response, HttpResponse) and self._takes_toasts(response):
            self._append_toasts(request, response)
        return response

    def _leads_to_login(self, response: HttpResponseBase) -> bool:
        location = response.get("Location", "").partition("?")[0]
        return 300 <= response.status_code < 400 and location == resolve_url(settings.LOGIN_URL)

    def _takes_toasts(self, response: HttpResponse) -> bool:
        """Fragments that are swapped once. One with an ETag is kept by the browser and would show its toasts again."""
        html = response.get("Content-Type", "").startswith("text/html")
        return html and 200 <= response.status_code < 300 and bool(response.content) and "ETag" not in response

    def _append_toasts(self, request: HttpRequest, response: HttpResponse) -> None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return
        queued = list(messages.get_messages(request))
        if queued:
            response.content += render_to_string("shell/_toasts_oob.html", {"messages": queued}).encode()
            if "Content-Length" in response:
                response["Content-Length"] = str(len(response.content))
