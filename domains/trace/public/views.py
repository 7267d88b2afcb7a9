"""The views of public JSON, for what the front leaves to Django."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from domains.applications import reads as applications
from domains.base.errors import Gone, NotFound
from domains.publishing.answer import Ready
from domains.publishing.documents import canonical, envelope_of
from domains.publishing.views import computed, limited, public, refuse_parameters, values_of
from domains.trace import published, rules
from domains.trace.public import kept, openapi, query
from domains.trace.public.addresses import OPENAPI
from domains.trace.public.query import Cursor, Query
from domains.trace.published import library
from domains.trace.service import removals

BEGUN = int(time.time())
View = Callable[..., HttpResponseBase]


def document_view(kind: str) -> View:
    """The view of one kind's documents, for one application or, without `app`, for all rows."""

    def document(request: HttpRequest, app: str = "") -> Ready:
        """One published document."""
        refuse_parameters(request)
        return published.document(app, kind)

    return public(document)


def rows_view(kind: str) -> View:
    """The view of one kind's documents, which answers questions about their rows too."""
    whole = document_view(kind)
    asked = limited(public(_answer_about(kind)))

    @csrf_exempt  # as each of the two is
    def rows(request: HttpRequest, app: str = "") -> HttpResponseBase:
        """The whole document, or what the parameters ask for."""
        return (asked if request.META.get("QUERY_STRING") else whole)(request, app)

    return rows


def _answer_about(kind: str) -> Callable[..., Ready]:
    def about(request: HttpRequest, app: str = "") -> Ready:
        """A page of the rows that fit."""
        current = published.document(app, kind)
        rows = kept.rows_of(current.facts.snapshot, app, kind)
        asked = query.parse(values_of(request), rows[0].keys() if rows else rules.LEAST_KEYS)
        cursor = query.read_cursor(asked) if asked.cursor else Cursor(current.facts.snapshot, 0)
        return _page(request, app, kind, asked, cursor)

    return about


def _page(request: HttpRequest, app: str, kind: str, asked: Query, cursor: Cursor) -> Ready:
    rows = kept.rows_of(cursor.snapshot, app, kind)
    related = {name: query.KIND_OF[name] for name in asked.filters if name in query.KIND_OF}
    targets = {
        name: {row["slug"]: row["id"] for row in kept.rows_of(cursor.snapshot, app, other)}
        for name, other in related.items()
    }
    page = query.page_of(query.select(rows, asked, targets), asked, cursor.position)
    following = query.write_cursor(Cursor(cursor.snapshot, page.position), asked) if page.position else None
    endpoint = rules.endpoint_of(app, kind)
    more = {"page_size": asked.page_size, "next": following}
    body = envelope_of(app, endpoint, page.total, cursor.snapshot, canonical(page.rows), more)
    modified = library.current().modified
    link = _links(request, following)
    return computed(kind, app, body, snapshot=cursor.snapshot, modified=modified, Link=link)


def _links(request: HttpRequest, following: str | None) -> str:
    parameters = request.GET.copy()
    parameters.pop("cursor", None)
    first = f"{request.path}?{parameters.urlencode()}"
    links = [f'<{first}>; rel="first"']
    if following:
        links.append(f'<{first}{"&" if parameters else ""}{urlencode({"cursor": following})}>; rel="next"')
    return ", ".join(links)


def _feature(request: HttpRequest, slug: str, app: str = "") -> Ready:
    """One feature; 410 with the date once it was taken away."""
    refuse_parameters(request)
    found = published.feature(app, slug)
    if found is not None:
        return found
    gone = removals.newest(app, slug)
    if gone is None:
        raise NotFound(f"There is no feature {slug[:200]}.")
    date = gone.publication.at.isoformat()
    raise Gone(f"The feature {slug} was taken away on {date[:10]}.", extra={"removed": date})


def snapshot_view(kind: str) -> View:
    """The view of one kind's documents of a snapshot that is kept."""

    def document(request: HttpRequest, snapshot: str, app: str = "") -> Ready:
        """One document as it was published."""
        refuse_parameters(request)
        current = library.current()
        address = rules.snapshot_endpoint(app, snapshot, kind)
        served = current.document(address) if current.snapshot == snapshot else None
        return served or kept.document_of(snapshot, app, kind)

    return limited(public(document))


def _describe(request: HttpRequest) -> Ready:
    """The description of all this; it is of the code and the applications, of no snapshot."""
    refuse_parameters(request)
    body = canonical(openapi.document(applications.available_apps()))
    return computed(OPENAPI, "", body, modified=BEGUN)


feature_view = public(_feature)
openapi_view = public(_describe)
