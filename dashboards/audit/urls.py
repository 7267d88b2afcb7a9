"""The pages of this dashboard."""

from __future__ import annotations

from dashboards.audit import views
from domains.permissions.access import STAFF
from domains.permissions.routes import route

urlpatterns = [
    route("events/", views.EventsPage.as_view(), name="events", access=STAFF),
    route("events/<uuid:event_uuid>/", views.event_page, name="event", access=STAFF),
]
