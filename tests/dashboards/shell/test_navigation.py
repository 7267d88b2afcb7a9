"""Sidebar and palette: what stands there depends on who looks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.http import HttpRequest
from django.test import Client

from dashboards.shell import navigation, palette
from dashboards.shell.navigation import Badge, NavItem
from dashboards.shell.palette import PaletteEntry
from domains.permissions.access import permission

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(navigation, "_items", [])
    monkeypatch.setattr(palette, "_sources", {})
    yield


def badge(request: HttpRequest) -> Badge:
    return Badge("7", "run", "running")


def test_an_item_is_shown_to_those_who_may_reach_it(staff_client: Client, staff: User) -> None:
    navigation.register(NavItem("Events", "t_list", "history", "Data", access=permission("audit.view_event")))
    assert "Events</a>" not in staff_client.get("/t/page/").content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="view_event"))
    assert ">Data</h2>" in (html := staff_client.get("/t/page/").content.decode())
    assert "Events</a>" in html


def test_the_current_page_is_marked_also_by_its_relatives(staff_client: Client) -> None:
    navigation.register(NavItem("Events", "t_list", "history", match=("t_page",)))
    navigation.register(NavItem("Big", "t_big", "history"))
    for url in ("/t/list/", "/t/page/"):
        html = staff_client.get(url).content.decode()
        assert html.count('aria-current="page"') == 1
        assert '<a href="/t/list/" aria-current="page">' in html


def test_a_badge_says_to_screen_readers_what_it_counts(staff_client: Client) -> None:
    navigation.register(NavItem("Runs", "t_list", "list-checks", badge=badge))
    html = staff_client.get("/t/page/").content.decode()
    assert '<span class="tag count run" id="badge-t_list">7<span class="sr"> running</span></span>' in html


def test_a_registration_that_cannot_work_is_refused() -> None:
    navigation.register(NavItem("A", "t_list", "x", keys="g a"))
    with pytest.raises(ValueError, match="no navigation group 'Other'"):
        navigation.register(NavItem("B", "t_big", "x", "Other"))
    with pytest.raises(ValueError, match="in the navigation already"):
        navigation.register(NavItem("A", "t_list", "x"))
    with pytest.raises(ValueError, match="are taken"):
        navigation.register(NavItem("C", "t_big", "x", keys="g a"))


def test_the_palette_finds_pages_commands_and_records(staff_client: Client) -> None:
    navigation.register(NavItem("Events", "t_list", "history"))
    palette.register_source("Records", lambda request, query: [PaletteEntry(f"{query} 1", "/r/1/", "star", "done")])
    html = staff_client.get("/palette/?q=ev", headers=HTMX).content.decode()
    assert "<html" not in html
    assert 'href="/t/list/"' in html
    assert 'href="/r/1/"' in html
    assert 'role="option"' in html
    assert 'href="/preferences/"' in staff_client.get("/palette/?q=pref", headers=HTMX).content.decode()


def test_a_source_gives_eight_results_at_most_and_is_not_asked_about_nothing(staff_client: Client) -> None:
    asked: list[str] = []

    def search(request: HttpRequest, query: str) -> Iterator[PaletteEntry]:
        asked.append(query)
        return (PaletteEntry(f"Record {n}", f"/r/{n}/") for n in range(50))

    palette.register_source("Records", search)
    assert staff_client.get("/palette/?q=rec", headers=HTMX).content.decode().count("/r/") == 8
    staff_client.get("/palette/?q=+", headers=HTMX)
    assert asked == ["rec"]


def test_the_palette_is_a_page_without_script_and_says_when_nothing_matches(staff_client: Client) -> None:
    html = staff_client.get("/palette/?q=%3Cb%3Ezzz").content.decode()
    assert "<html" in html
    assert "Nothing matches “&lt;b&gt;zzz”." in html


def test_a_page_that_the_viewer_may_not_reach_is_not_found_either(staff_client: Client) -> None:
    navigation.register(NavItem("Secrets", "t_secret", "lock", access=permission("audit.view_event")))
    assert "Secrets" not in staff_client.get("/palette/?q=sec", headers=HTMX).content.decode()


def test_key_sequences_are_listed_unless_they_are_off(staff_client: Client) -> None:
    navigation.register(NavItem("Events", "t_list", "history", keys="g e"))
    html = staff_client.get("/t/page/").content.decode()
    assert 'data-keys="g e" data-href="/t/list/"' in html
    assert "data-shortcuts" in html
    off = {"theme": "system", "density": "comfortable", "page_size": "50", "time_zone": ""}
    staff_client.post("/preferences/", off)
    assert "data-shortcuts" not in staff_client.get("/t/page/").content.decode()
