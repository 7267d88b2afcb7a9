"""Every route of the site: pages from `dashboards`, JSON from `domains`, and the admin."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("dashboards.urls")),
    path("", include("domains.urls")),
]
handler400 = "dashboards.shell.errors.bad_request"
handler403 = "dashboards.shell.errors.forbidden"
handler404 = "dashboards.shell.errors.not_found"
handler429 = "dashboards.shell.errors.too_many_requests"
handler500 = "dashboards.shell.errors.server_error"
