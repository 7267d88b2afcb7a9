"""The site's routes, and the same public documents through Django's page cache."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver
from django.views.decorators.cache import cache_page
from django.views.decorators.http import conditional_page

from domains.permissions.access import PUBLIC
from domains.permissions.routes import route
from domains.trace.public.views import document_view
from domains.trace.rules import KINDS
from vault_site.urls import urlpatterns as site

PEER = "bench/cached/"


def _cached(pattern: str, kind: str) -> URLPattern:
    return route(pattern, conditional_page(cache_page(300)(document_view(kind))), access=PUBLIC)


urlpatterns: list[URLPattern | URLResolver] = [
    *(_cached(f"{PEER}<slug:app>/{kind}/", kind) for kind in KINDS),
    *(_cached(f"{PEER}{kind}/", kind) for kind in KINDS),
    *site,
]
