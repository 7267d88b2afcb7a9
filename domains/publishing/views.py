"""Public endpoints: what all of them share, and the base of those that compute their answer."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.utils.http import http_date, parse_http_date_safe
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from domains.base.api import problem
from domains.base.errors import RateLimited, ValidationFailed, VaultError
from domains.publishing import rate
from domains.publishing.answer import FRESH, METHODS, PREFLIGHT, Answer, Facts, Ready, answer, make_ready
from domains.publishing.documents import canonical, envelope_of, fingerprint

Handler = Callable[..., Ready]


def public(handler: Handler) -> Callable[..., HttpResponseBase]:
    """A view of what the handler finds: GET, HEAD and OPTIONS, conditional, without a cookie."""

    @csrf_exempt  # it changes nothing, and any other method than its own is to get 405
    @wraps(handler)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=dict(PREFLIGHT))
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        # The answer is the same for everyone, though a middleware may have looked who is signed in.
        request.session.accessed = False
        return respond(request, handler(request, *args, **kwargs))

    return view


def respond(request: HttpRequest, found: Ready) -> HttpResponse:
    """The answer to this request, with nothing that it has already."""
    get = request.META.get
    accept, tags = get("HTTP_ACCEPT_ENCODING", ""), get("HTTP_IF_NONE_MATCH", "")
    return _response(answer(found, request.method or "GET", accept, tags, get("HTTP_IF_MODIFIED_SINCE", "")))


def _response(made: Answer) -> HttpResponse:
    return HttpResponse(b"".join(made.chunks), status=made.status, headers=dict(made.headers))


def limited(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The view of what has to be computed, for as many requests of one address as its quota allows."""

    @wraps(view)
    def within(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who = request.META.get("REMOTE_ADDR", "")
        left = rate.quotas.take(who)
        response = view(request, *args, **kwargs) if left.remaining >= 0 else _too_many(request, left)
        if response.status_code == 304:
            rate.quotas.give_back(who)
        for name, value in left.headers.items():
            response[name] = value
        return response

    return within


def _too_many(request: HttpRequest, left: rate.Left) -> HttpResponse:
    words = f"Too many questions from your address. Ask again in {left.reset} s; whole documents are not limited."
    response = problem(RateLimited(words), request)
    response["Retry-After"] = str(left.reset)
    return response


def refuse_parameters(request: HttpRequest) -> None:
    """Raises ValidationFailed when the address has parameters."""
    if request.META.get("QUERY_STRING"):
        names = sorted(request.GET)
        raise ValidationFailed(
            f"Unknown parameter {', '.join(names)[:200]}. This address takes none.",
            fields={name[:100]: ["There is no such parameter."] for name in names[:20]},
        )


def computed(
    kind: str, application: str, body: bytes, *, snapshot: str = "", modified: int = 0, **headers: str
) -> Ready:
    """Bytes that were computed just now, as an answer that can be asked for conditionally."""
    moment = modified or int(time.time())
    facts = Facts(kind, application, fingerprint(body), snapshot, moment, http_date(moment), FRESH)
    return make_ready({"": body}, facts, list(headers.items()))


def values_of(request: HttpRequest) -> Mapping[str, list[str]]:
    """The parameters of the address with all their values."""
    return {name: request.GET.getlist(name) for name in request.GET}


class Application(Protocol):
    """An application as far as public endpoints care."""

    @property
    def slug(self) -> str:
        """Its part of an address."""
        ...


@method_decorator(csrf_exempt, name="dispatch")
class PublicView(ABC, View):
    """Base of public endpoints that compute. A service derives from it and says how it finds an application and its
    snapshot; endpoints write `get(request, app=None)` and end it with `build_response`.

    The keyword of the address may be `app` or `app_name`; an unknown application is a 404 that names those there are.
    Conditional requests, CORS, HEAD and the quota are cared for around `get`, which may stand behind `cache_page`.
    """

    application: Application | None = None

    @abstractmethod
    def find_application(self, slug: str) -> Application:
        """The application of that slug. Raises NotFound, naming those there are."""

    @abstractmethod
    def snapshot(self) -> str:
        """Name of what readers get now. May raise a VaultError when that is nothing."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Care for what every public endpoint has in common, then call `get`."""
        slug = kwargs.get("app") or kwargs.get("app_name")
        self.application = self.find_application(slug) if slug else None
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=dict(PREFLIGHT))
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        request.session.accessed = False
        return limited(self._answer)(request, *args, **kwargs)

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What `get` answers, or 304: not earlier, since `cache_page` would keep that for others."""
        response = super().dispatch(request, *args, **kwargs)
        if not isinstance(response, HttpResponse) or "ETag" not in response:
            return response
        modified = parse_http_date_safe(response.get("Last-Modified", ""))
        return get_conditional_response(request, response["ETag"], modified, response) or response

    def build_response(self, data: Sequence[Any], **more: Any) -> HttpResponse:
        """The envelope around the data; `more` is said beside the usual in its `meta`."""
        slug = self.application.slug if self.application else ""
        try:
            snapshot = self.snapshot()
        except VaultError:
            snapshot = ""
        body = envelope_of(slug, self.request.path, len(data), snapshot, canonical(data), more)
        made = computed("computed", slug, body, snapshot=snapshot)
        return _response(answer(made, "GET", "", "", ""))
