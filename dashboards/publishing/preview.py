"""What a reader of public JSON gets: the same request through the same code, without a cookie.

Each service has a page of its own, made by `preview_page` of what it publishes.
"""

from __future__ import annotations

import contextvars
import gzip
import io
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

import brotli
from django import forms
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.shell.forms import DressedForm

Links = Sequence[tuple[str, Sequence[tuple[str, str]]]]
MOST_SHOWN = 50_000
"""Characters of the body that stand on the page."""
PASSED_ON = ("SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "HTTP_HOST", "wsgi.url_scheme", "HTTP_X_FORWARDED_PROTO")
ENCODINGS = [("", "not compressed"), ("gzip", "gzip"), ("br", "Brotli"), ("br, gzip", "as browsers ask")]


@dataclass(frozen=True, slots=True)
class Published:
    """What a service publishes: below which `path`, with an `example` to begin with and a sentence about it; `links`
    names each application with its documents, and `page` is the route where one can have something published.
    """

    path: str
    example: str
    help: str
    links: Callable[[], Links]
    page: tuple[str, str]


class PreviewForm(DressedForm):
    """What is asked, and how."""

    address = forms.CharField(label="Address", max_length=2000)
    method = forms.ChoiceField(choices=[(name, name) for name in ("GET", "HEAD", "OPTIONS")], initial="GET")
    encoding = forms.ChoiceField(label="Accept-Encoding", choices=ENCODINGS, required=False)
    etag = forms.CharField(label="If-None-Match", max_length=200, required=False, help_text="An ETag, for a 304.")

    def __init__(self, data: Any, service: Published) -> None:
        super().__init__(data)
        self.path = service.path
        self.fields["address"].initial = service.example
        self.fields["address"].help_text = service.help

    def clean_address(self) -> str:
        """An address of this site below the service's path."""
        parts = urlsplit(self.cleaned_data["address"])
        if parts.scheme or parts.netloc or not parts.path.startswith(self.path):
            raise forms.ValidationError(f"Enter an address that begins with {self.path}.")
        return str(self.cleaned_data["address"])

    def clean_etag(self) -> str:
        """Without line breaks, which no header can hold."""
        return "".join(letter for letter in self.cleaned_data["etag"] if letter.isprintable())


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is what is shown of it; `size` is in bytes, as they went out."""

    status: int
    reason: str
    headers: Sequence[tuple[str, str]]
    body: str
    size: int
    is_cut: bool
    took_ms: float


@require_safe
def preview_page(request: HttpRequest, *, service: Published) -> HttpResponse:
    """The form, and the answer to what it asks for."""
    form = PreviewForm(request.GET if "address" in request.GET else None, service)
    asked = form.is_bound and form.is_valid()
    context = {
        "page_title": "Preview as a reader",
        "form": form,
        "answer": ask(request, **form.cleaned_data) if asked else None,
        "asked": form.cleaned_data if asked else None,
        "url": request.build_absolute_uri(form.cleaned_data["address"]) if asked else "",
        "links": service.links(),
        "service": service,
    }
    return render(request, "publishing/preview.html", context, status=422 if form.is_bound and not asked else 200)


def ask(request: HttpRequest, *, address: str, method: str, encoding: str, etag: str) -> Answer:
    """The answer that a stranger gets from this server."""
    inner = WSGIRequest(_environ(request, address, method, encoding, etag))
    begun = time.perf_counter()
    # What middlewares note of the inner request is not to mix with what they have noted of this one.
    response = contextvars.copy_context().run(_handler().get_response, inner)
    body = _body(response)
    took = 1000 * (time.perf_counter() - begun)
    shown = _readable(body, response)
    headers = [(name, value) for name, value in response.items() if name != "X-Request-ID"]
    cut = shown[:MOST_SHOWN]
    return Answer(response.status_code, response.reason_phrase, headers, cut, len(body), len(cut) < len(shown), took)


@cache
def _handler() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _environ(request: HttpRequest, address: str, method: str, encoding: str, etag: str) -> dict[str, Any]:
    parts = urlsplit(address)
    path = unquote(parts.path).encode().decode("latin-1")
    environ = {name: request.META[name] for name in PASSED_ON if name in request.META}
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": parts.query}
    environ |= {"wsgi.input": io.BytesIO(), "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_ACCEPT": "application/json"}
    environ |= {"HTTP_ACCEPT_ENCODING": encoding} if encoding else {}
    return environ | ({"HTTP_IF_NONE_MATCH": etag} if etag else {})


def _body(response: HttpResponseBase) -> bytes:
    if isinstance(response, HttpResponse):
        return response.content
    return b"".join(response)


def _readable(body: bytes, response: HttpResponseBase) -> str:
    """The body for people: not compressed, JSON indented, and a word for what is no text."""
    coding = response.get("Content-Encoding", "")
    plain = gzip.decompress(body) if coding == "gzip" else brotli.decompress(body) if coding == "br" else body
    try:
        text = plain.decode()
    except UnicodeDecodeError:
        return f"{len(plain):,} bytes that are no text."
    if "json" not in response.get("Content-Type", ""):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
