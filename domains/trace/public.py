"""The public documents over HTTP: ready bytes, honest caching, readable by any origin, without a cookie."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.http import parse_etags, parse_http_date_safe
from django.views.decorators.csrf import csrf_exempt

from domains.base.errors import ValidationFailed
from domains.trace import ready
from domains.trace.ready import Ready

JSON = "application/json"
METHODS = ["GET", "HEAD", "OPTIONS"]
CACHE_CONTROL = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, X-Vault-Snapshot",
}
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?(?=,|$)", re.IGNORECASE)


def document_view(kind: str) -> Callable[..., HttpResponse]:
    """The view of one kind's documents, for one application or, without `app`, for all rows."""

    @csrf_exempt  # it changes nothing, and any other method than its own is to get 405
    def document(request: HttpRequest, app: str = "") -> HttpResponse:
        """One published document."""
        if request.method == "OPTIONS":
            return _preflight()
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        # The answer is the same for everyone, though a middleware may have looked who is signed in.
        request.session.accessed = False
        _refuse_parameters(request)
        return _respond(request, ready.document(app, kind))

    return document


def _preflight() -> HttpResponse:
    methods = ", ".join(METHODS)
    headers = {"Allow": methods, "Access-Control-Allow-Methods": methods, "Access-Control-Max-Age": "86400"}
    return HttpResponse(status=204, content_type=JSON, headers=OPEN | headers)


def _refuse_parameters(request: HttpRequest) -> None:
    if request.META.get("QUERY_STRING"):
        names = sorted(request.GET)
        raise ValidationFailed(
            f"Unknown parameter {', '.join(names)[:200]}. This address takes none.",
            fields={name[:100]: ["There is no such parameter."] for name in names[:20]},
        )


def _respond(request: HttpRequest, document: Ready) -> HttpResponse:
    compressed = accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    body, etag = (document.gzip, document.gzip_etag) if compressed else (document.body, document.etag)
    headers = OPEN | {
        "ETag": etag,
        "Last-Modified": document.last_modified,
        "Cache-Control": CACHE_CONTROL,
        "Vary": "Accept-Encoding",
        "X-Vault-Snapshot": document.snapshot,
    }
    if is_known(request, document):
        return HttpResponse(status=304, content_type=JSON, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    content = b"" if request.method == "HEAD" else body
    return HttpResponse(content, content_type=JSON, headers=headers)


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header allows gzip."""
    found = _GZIP.search(header)
    return found is not None and (found.group(1) or "1").strip("0.") != ""


def is_known(request: HttpRequest, document: Ready) -> bool:
    """Whether the reader has this document already: by ETag, else by date. An ETag wins when both are sent."""
    tags = request.META.get("HTTP_IF_NONE_MATCH")
    if tags:
        plain = {tag.removeprefix("W/") for tag in parse_etags(tags)}
        return bool(plain & {"*", document.etag, document.gzip_etag})
    since = parse_http_date_safe(request.META.get("HTTP_IF_MODIFIED_SINCE", ""))
    return since is not None and document.modified <= since
