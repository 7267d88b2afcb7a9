"""Preferences: saved through a run, applied by the server at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from domains.audit.models import Event
from domains.identity.reads import Preferences, preferences

FORM = {"theme": "dark", "density": "compact", "page_size": "25", "time_zone": "Europe/Berlin", "shortcuts": "on"}


def test_saving_applies_to_the_next_page(staff_client: Client, staff: User, events: Callable[..., None]) -> None:
    events(30)
    response = staff_client.post("/preferences/", FORM, follow=True)
    html = response.content.decode()
    assert "Preferences saved." in html
    assert 'data-theme="dark" data-density="compact" data-zone="Europe/Berlin"' in html
    assert preferences(staff) == Preferences("dark", "compact", 25, "Europe/Berlin", True)
    assert "Rows 1 to 25 of" in staff_client.get("/t/list/").content.decode()


def test_a_saved_preference_is_an_event(staff_client: Client, staff: User) -> None:
    staff_client.post("/preferences/", FORM)
    event = Event.objects.get(action="identity.preferences.saved")
    assert event.actor_id == staff.pk
    assert event.after is not None
    assert event.after["theme"] == "dark"
    assert event.run_uuid


@pytest.mark.parametrize(
    "fault", [{"theme": "pink"}, {"page_size": "7000"}, {"time_zone": "Mars/Base"}, {"density": ""}]
)
def test_a_value_that_cannot_be_is_shown_at_its_field(staff_client: Client, staff: User, fault: dict[str, str]) -> None:
    response = staff_client.post("/preferences/", FORM | fault)
    assert response.status_code == 422
    assert 'class="fault"' in response.content.decode()
    assert preferences(staff) == Preferences()


def test_the_theme_button_tells_the_page_its_new_theme(staff_client: Client, staff: User) -> None:
    response = staff_client.post("/preferences/theme/", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert response.status_code == 204
    assert response["HX-Trigger"] == '{"vault:theme": {"theme": "dark"}}'
    assert preferences(staff).theme == "dark"


def test_the_theme_button_works_without_script_and_goes_back_to_this_site_only(staff_client: Client) -> None:
    back = staff_client.post("/preferences/theme/", {"theme": "dark", "next": "/t/list/?q=a"})
    assert (back.status_code, back["Location"]) == (303, "/t/list/?q=a")
    away = staff_client.post("/preferences/theme/", {"theme": "dark", "next": "https://evil.example/"})
    assert away["Location"] == "/"


def test_an_unknown_theme_is_refused(staff_client: Client, staff: User) -> None:
    assert staff_client.post("/preferences/theme/", {"theme": "pink"}).status_code == 400
    assert preferences(staff).theme == "system"
