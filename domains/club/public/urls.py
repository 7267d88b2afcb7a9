"""The routes of Club's public JSON: each for all applications, and for one."""

from __future__ import annotations

from django.urls import URLPattern

from domains.club.public import views
from domains.club.public.addresses import OPENAPI
from domains.club.published import FEATURES, HERO, HISTORY, INDEX, PREFIX, PRESENT
from domains.permissions.access import PUBLIC
from domains.permissions.routes import View, route

BELOW = PREFIX.removeprefix("/")


def _both(pattern: str, view: View, name: str) -> list[URLPattern]:
    return [
        route(f"{BELOW}{pattern}/", view, name=f"club_public_{name}", access=PUBLIC),
        route(f"{BELOW}<slug:app>/{pattern}/", view, name=f"club_public_app_{name}", access=PUBLIC),
    ]


urlpatterns = [
    route(f"{BELOW}{OPENAPI}", views.openapi_view, name="club_public_openapi", access=PUBLIC),
    *(pattern for kind in (HERO, FEATURES, INDEX, HISTORY) for pattern in _both(kind, views.document_view(kind), kind)),
    *_both(f"{HERO}/<str:day>", views.hero_of_day_view, "hero_of_day"),
    *_both(f"<slug:feature>/{PRESENT}", views.present_view, "present"),
    *_both(f"<slug:feature>/{PRESENT}/<str:day>", views.present_on_day_view, "present_on_day"),
]
