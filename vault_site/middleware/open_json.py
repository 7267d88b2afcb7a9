"""Answers below the prefixes of fronts may be read by any origin, whatever they are, and their fronts learn of them."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest, HttpResponseBase

from domains.extensions import registry


class OpenJsonMiddleware:
    """`Access-Control-Allow-Origin: *` on every answer to a reader, errors included, and a note of each."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.fronts = registry.fronts()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Handle the request and mend the answer."""
        front = next((front for front in self.fronts if request.path.startswith(front.prefix)), None)
        if front is None:
            return self.get_response(request)
        begun = perf_counter()
        response = self.get_response(request)
        if request.method in ("GET", "HEAD", "OPTIONS"):
            response.setdefault("Access-Control-Allow-Origin", "*")
        front.observe(request.path, response.status_code, perf_counter() - begun)
        return response
