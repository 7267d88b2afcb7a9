"""The pages of every dashboard, in one visible list."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("dashboards.shell.urls")),
    path("", include("dashboards.home.urls")),
    path("", include("dashboards.core.urls")),
    path("", include("dashboards.runs.urls")),
    path("", include("dashboards.schedules.urls")),
    path("", include("dashboards.workers.urls")),
    path("", include("dashboards.applications.urls")),
    path("", include("dashboards.audit.urls")),
    path("", include("dashboards.trace.urls")),
    path("", include("dashboards.club.urls")),
    path("", include("dashboards.publishing.urls")),
    path("", include("dashboards.api_docs.urls")),
]
