"""The JSON routes of every domain, in one visible list."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("domains.base.urls")),
    path("", include("domains.core.urls")),
    path("", include("domains.trace.urls")),
    path("", include("domains.club.urls")),
    path("", include("domains.applications.urls")),
    path("", include("domains.orchestration.urls")),
]
