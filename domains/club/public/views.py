"""The views of Club's public JSON, for what the front leaves to Django."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from domains.applications import reads as applications
from domains.base.errors import Gone, NotFound, VaultError
from domains.club import cached
from domains.club.public import days, openapi
from domains.club.public.addresses import OPENAPI
from domains.club.published import HERO, PRESENT, endpoint_of, library
from domains.club.service import features
from domains.publishing.answer import Ready
from domains.publishing.documents import canonical
from domains.publishing.views import computed, limited, public, refuse_parameters

BEGUN = int(time.time())
View = Callable[..., HttpResponseBase]


def document_view(kind: str) -> View:
    """The view of one kind's documents, for one application or, without `app`, for all."""

    def document(request: HttpRequest, app: str = "") -> Ready:
        """One published document."""
        refuse_parameters(request)
        return library.document(endpoint_of(app, kind))

    return public(document)


def _present(request: HttpRequest, feature: str, app: str = "") -> Ready:
    """Who and what is most present in a feature now."""
    refuse_parameters(request)
    address = endpoint_of(app, PRESENT, feature)
    if address not in library.current().places:
        check_feature(app, feature)
    return library.document(address)


def check_feature(app: str, slug: str) -> None:
    """Raises NotFound, naming those there are, for a feature that there never was, and Gone for one that is not
    collected any more.
    """
    found = features.filter(slug=slug, application__in=[app] if app else applications.available_apps())
    if found.filter(active=True).exists():
        return
    if found.exists():
        raise Gone(f"The feature {slug} is not collected any more.")
    try:
        names = cached.available_features(app)
    except VaultError:
        names = []
    raise NotFound(
        f"There is no feature {slug[:100]}.",
        detail=f"Known features: {', '.join(names) or 'none yet'}.",
        extra={"available_features": names},
    )


def _hero_of_day(request: HttpRequest, day: str, app: str = "") -> Ready:
    """The hero metrics as they were on a day."""
    refuse_parameters(request)
    return _dated(HERO, app, f"{endpoint_of(app, HERO)}{day}/", lambda: days.hero(app, day))


def _present_on_day(request: HttpRequest, feature: str, day: str, app: str = "") -> Ready:
    """Who and what was most present in a feature on a day."""
    refuse_parameters(request)
    check_feature(app, feature)
    return _dated(PRESENT, app, f"{endpoint_of(app, PRESENT, feature)}{day}/", lambda: days.present(app, feature, day))


def _dated(kind: str, app: str, address: str, make: Callable[[], days.Dated]) -> Ready:
    """An answer about an earlier day, which is made once."""
    found = cached.day_document(address, make)
    return computed(kind, app, found.body, snapshot=found.name, modified=found.modified)


def _describe(request: HttpRequest) -> Ready:
    """The description of all this; it is of the code and the applications, of no snapshot."""
    refuse_parameters(request)
    return computed(OPENAPI, "", canonical(openapi.document(applications.available_apps())), modified=BEGUN)


present_view = public(_present)
hero_of_day_view = limited(public(_hero_of_day))
present_on_day_view = limited(public(_present_on_day))
openapi_view = public(_describe)
