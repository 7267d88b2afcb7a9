"""The site's routes, and the same public document through Django's page cache."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver
from django.views.decorators.cache import cache_page
from django.views.decorators.http import conditional_page

from domains.permissions.access import PUBLIC
from domains.permissions.routes import route
from domains.trace.public import document_view
from vault_site.urls import urlpatterns as site

PEER = "bench/cached/<slug:app>/features/"

urlpatterns: list[URLPattern | URLResolver] = [
    route(PEER, conditional_page(cache_page(300)(document_view("features"))), access=PUBLIC),
    *site,
]
