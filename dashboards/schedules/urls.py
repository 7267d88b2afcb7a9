"""The pages of schedules."""

from __future__ import annotations

from dashboards.schedules import bulk, editing, views
from domains.permissions.access import STAFF
from domains.permissions.routes import route

ONE = "schedules/<uuid:schedule_uuid>/"
urlpatterns = [
    route("schedules/", views.SchedulesPage.as_view(), name="schedules", access=STAFF),
    route("schedules/new/", editing.create_page, name="schedule_create", access=bulk.ADD),
    route("schedules/preview/", editing.preview_fragment, name="schedule_preview", access=STAFF),
    route(ONE, views.schedule_page, name="schedule", access=STAFF),
    route(f"{ONE}edit/", editing.edit_page, name="schedule_edit", access=bulk.CHANGE),
    route(f"{ONE}pause/", views.pause, name="schedule_pause", access=bulk.CHANGE, paused=True),
    route(f"{ONE}unpause/", views.pause, name="schedule_unpause", access=bulk.CHANGE, paused=False),
    route(f"{ONE}run/", views.run_now, name="schedule_run", access=bulk.CHANGE),
    route(f"{ONE}delete/", views.delete_page, name="schedule_delete", access=bulk.DELETE),
]
