"""The edge for htmx: Vary, the login that leaves the panel, toasts beside the fragment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

HTMX = {"HX-Request": "true"}


def test_html_varies_by_htmx_and_keeps_what_it_varied_by(staff_client: Client) -> None:
    vary = staff_client.get("/t/say/?as=varied")["Vary"]
    assert {"HX-Request", "Cookie", "Accept-Language"} <= set(vary.split(", "))


def test_json_does_not_vary_by_htmx(db: None) -> None:
    assert "HX-Request" not in Client().get("/api/nothing/").get("Vary", "")


def test_a_lost_session_inside_a_panel_moves_the_whole_page_to_the_login(db: None) -> None:
    here = "http://testserver/t/list/?q=a"
    response = Client().get("/t/panel/", headers={**HTMX, "HX-Current-URL": here})
    assert response.status_code == 204
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Ft%2Flist%2F%3Fq%3Da"
    assert "Location" not in response


def test_the_way_back_never_leads_to_another_site(db: None) -> None:
    response = Client().get("/t/panel/", headers={**HTMX, "HX-Current-URL": "https://evil.example/x"})
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Ft%2Fpanel%2F"


def test_a_page_address_that_is_none_is_left_aside(db: None) -> None:
    client = Client(raise_request_exception=False)
    response = client.get("/t/panel/", headers={**HTMX, "HX-Current-URL": "http://[::1"})
    assert response["HX-Redirect"] == "/accounts/login/?next=%2Ft%2Fpanel%2F"


def test_a_message_comes_with_the_next_fragment_and_once(staff_client: Client) -> None:
    first = staff_client.get("/t/say/", headers=HTMX).content.decode()
    assert first.startswith("<p>fragment</p>")
    assert '<div id="toasts" hx-swap-oob="beforeend">' in first
    assert "Saved it." in first
    staff_client.get("/t/say/?as=redirect", headers=HTMX)
    assert "Saved it." in staff_client.get("/t/list/", headers=HTMX).content.decode()
    assert "Saved it." not in staff_client.get("/t/list/", headers=HTMX).content.decode()


def test_a_message_waits_while_the_answers_are_empty_or_kept_by_the_browser(staff_client: Client) -> None:
    assert staff_client.get("/t/say/?as=nothing", headers=HTMX).content == b""
    assert b"Saved it." not in staff_client.get("/t/panel/", headers=HTMX).content
    assert "Saved it." in staff_client.get("/t/page/").content.decode()


def test_moments_are_shown_in_the_viewers_time_zone(staff_client: Client, events: Callable[..., None]) -> None:
    with time_machine.travel(datetime(2026, 11, 21, 20, 0, tzinfo=UTC), tick=False):
        events(1)
    staff_client.post("/preferences/", VALID | {"time_zone": "Asia/Tokyo"})
    staff_client.post("/t/list/", {"_columns": "1", "column": ["at"]})
    assert "22 Nov 2026 05:00<" in staff_client.get("/t/list/?q=flow").content.decode()


def test_the_viewers_time_zone_ends_with_the_request(staff_client: Client, staff: User) -> None:
    staff_client.post("/preferences/", VALID | {"time_zone": "Asia/Tokyo"})
    assert 'data-zone="Asia/Tokyo"' in staff_client.get("/t/page/").content.decode()
    assert timezone.get_current_timezone_name() == "UTC"


VALID = {"theme": "system", "density": "comfortable", "page_size": "50", "time_zone": "", "shortcuts": "on"}
