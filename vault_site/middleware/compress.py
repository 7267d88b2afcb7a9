"""Pages are compressed on their way out; everything else keeps its bytes and its strong ETag."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

LEAST = 1024  # bytes; below it compression gains nothing
PADDING = 100  # up to so many random bytes hide the length of secrets beside chosen text (BREACH)


class CompressMiddleware:
    """Gzip for HTML without an ETag, to browsers that accept it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request and compress its page."""
        response = self.get_response(request)
        if not isinstance(response, HttpResponse) or not self._worth_it(response):
            return response
        patch_vary_headers(response, ["Accept-Encoding"])
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            response.content = compress_string(response.content, max_random_bytes=PADDING)
            response["Content-Encoding"] = "gzip"
            response["Content-Length"] = str(len(response.content))
        return response

    def _worth_it(self, response: HttpResponse) -> bool:
        html = response.get("Content-Type", "").startswith("text/html")
        taken = response.has_header("ETag") or response.has_header("Content-Encoding")
        return html and not taken and len(response.content) >= LEAST
