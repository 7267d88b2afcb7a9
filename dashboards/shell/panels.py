"""Panels: regions of a page that refresh by themselves while somebody looks at them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from domains.base.ready import ReadyBytes, made, shared


class Panel:
    """Derive and set the attributes, or pass them: `Panel(name="host", title="Server", template=…, url=…, context=…)`.

    `url` is the path that serves the fragment by `panel_view`. `every` is 3 or 30 seconds. `framed` puts the fragment
    in a card with the title and its age; otherwise the template brings its own frame and the title is for screen
    readers.
    """

    name: str = ""
    title: str = ""
    template: str = ""
    url: str = ""
    icon: str = ""
    every: int = 30
    framed: bool = False
    context: Callable[[HttpRequest], dict[str, Any]]

    def __init__(self, **attributes: Any) -> None:
        for key, value in attributes.items():
            if not hasattr(type(self), key) and key != "context":
                raise TypeError(f"A panel has no attribute {key!r}.")
            setattr(self, key, value)
        if self.every not in (3, 30):
            raise ValueError(f"The panel {self.name} refreshes every {self.every} s; only 3 and 30 are possible.")

    def body(self, request: HttpRequest) -> ReadyBytes | None:
        """Bytes that are ready for every viewer alike; None has the template rendered."""
        return None

    def content(self, request: HttpRequest) -> ReadyBytes:
        """The fragment as it is now."""
        ready = self.body(request)
        if ready is not None:
            return ready
        body = render_to_string(self.template, self.context(request) | {"panel": self}, request).encode()
        return made(body, time.time())


class SharedPanel(Panel):
    """A panel that is rendered once in `keep` seconds, whoever looks. Its template sees no request."""

    keep: float = 1.0

    def figures(self) -> dict[str, Any]:
        """The template's context, the same for every viewer."""
        raise NotImplementedError

    def body(self, request: HttpRequest) -> ReadyBytes:
        """Bytes not older than `keep` seconds."""
        return shared(self.name, self.keep, lambda: render_to_string(self.template, self.figures()).encode())


def panel_view(panel: Callable[..., Panel]) -> Callable[..., HttpResponseBase]:
    """The view of a panel's fragment: with ETag, 304 for what the browser has already, and the figures' time.

    What the address names is given to the panel when it is made.
    """

    @require_safe
    def view(request: HttpRequest, **named: Any) -> HttpResponse:
        return _answer(request, panel(**named).content(request))

    return view


def _answer(request: HttpRequest, content: ReadyBytes) -> HttpResponse:
    etag = f'"{content.etag}"'
    known = etag in parse_etags(request.headers.get("If-None-Match", ""))
    response = HttpResponseNotModified() if known else HttpResponse(content.body)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    response["X-Vault-At"] = f"{content.at:.1f}"
    patch_vary_headers(response, ["HX-Request"])
    return response
