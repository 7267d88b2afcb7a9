"""The JSON routes of this domain."""

from __future__ import annotations

from domains.applications.api import ApplicationsView, ApplicationView
from domains.base import converters as _converters  # noqa: F401 - registers <anyuuid:…>
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("api/applications/", ApplicationsView, name="api_applications", access=STAFF),
    route("api/applications/<anyuuid:application_uuid>/", ApplicationView, name="api_application", access=STAFF),
]
