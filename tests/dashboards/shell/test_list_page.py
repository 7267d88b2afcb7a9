"""The list page: search, filters, order, pages, columns, export, bulk actions, empty states."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from dashboards.shell import paging
from domains.audit.models import Event
from domains.identity.reads import columns
from domains.orchestration.start import run_now

Make = Callable[..., None]
HTMX = {"HX-Request": "true"}


def text(client: Client, url: str, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def rows(html: str) -> list[str]:
    return re.findall(r"<td>(\w+ \d+)</td>", html)


def test_it_shows_the_rows_newest_first(staff_client: Client, events: Make) -> None:
    events(3)
    assert rows(text(staff_client, "/t/list/")) == ["Flow 3", "Flow 2", "Flow 1"]


def test_the_quick_search_wants_every_word_in_some_column(staff_client: Client, events: Make) -> None:
    events(12)
    assert rows(text(staff_client, "/t/list/?q=flow+1+MADE")) == ["Flow 12", "Flow 11", "Flow 10", "Flow 1"]
    assert "Nothing matches." in text(staff_client, "/t/list/?q=flow+absent")


def test_a_filter_narrows_the_rows_and_shows_a_chip_that_takes_it_away(staff_client: Client, events: Make) -> None:
    events(4)
    html = text(staff_client, "/t/list/?application=nexus&q=flow")
    assert rows(html) == ["Flow 4", "Flow 2"]
    assert 'href="/t/list/?q=flow" aria-label="Remove the filter Application: Nexus"' in html
    assert 'id="list-filter-count">1<' in html


def test_a_value_that_cannot_be_is_named_and_nothing_is_shown(staff_client: Client, events: Make) -> None:
    events(2)
    html = text(staff_client, "/t/list/?application=mars&number=x&at_after=never")
    assert rows(html) == []
    assert "Application: “mars” is not one of the choices." in html
    assert "Number: Enter a number." in html
    assert "When: Enter a valid date." in html
    assert "These filters cannot be used." in html


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_a_date_at_the_end_of_time_is_refused_in_every_zone(staff_client: Client, staff: User, zone: str) -> None:
    run_now("identity", "save_preferences", actor=staff, user_id=staff.pk, time_zone=zone)
    for query in ("at_after=0001-01-01", "at_before=9999-12-31"):
        assert "When: Choose a year from 1900 to 2200." in text(staff_client, f"/t/list/?{query}")


def test_an_unknown_filter_or_column_is_ignored_with_a_notice(staff_client: Client, events: Make) -> None:
    events(2)
    html = text(staff_client, "/t/list/?colour=red&sort=-weight")
    assert rows(html) == ["Flow 2", "Flow 1"]
    assert "There is no filter “colour”; it was ignored." in html
    assert "This list cannot be sorted by “-weight”." in html


def test_a_column_that_is_not_sortable_does_not_sort(staff_client: Client, events: Make) -> None:
    events(2)
    assert "cannot be sorted by “after”" in text(staff_client, "/t/list/?sort=after")


def test_headings_are_links_that_sort_and_turn_the_order_round(staff_client: Client, events: Make) -> None:
    events(3)
    html = text(staff_client, "/t/list/?sort=number")
    assert rows(html) == ["Flow 1", "Flow 2", "Flow 3"]
    assert 'aria-sort="ascending"' in html
    assert 'href="/t/list/?sort=-number"' in html
    assert rows(text(staff_client, "/t/list/?sort=-number")) == ["Flow 3", "Flow 2", "Flow 1"]


def test_rows_that_the_order_cannot_tell_apart_appear_once_across_pages(staff_client: Client, events: Make) -> None:
    events(9)
    with CaptureQueriesContext(connection) as queries:
        pages = [rows(text(staff_client, f"/t/list/?sort=action&page_size=4&page={page}")) for page in (1, 2, 3)]
    assert len({row for found in pages for row in found}) == 9
    assert sum('"action" ASC, "audit_event"."id" ASC' in query["sql"] for query in queries) == 3


def test_pages_have_links_to_their_neighbours(staff_client: Client, events: Make) -> None:
    events(5)
    html = text(staff_client, "/t/list/?page_size=2&page=2")
    assert rows(html) == ["Flow 3", "Flow 2"]
    assert 'rel="prev" href="/t/list/?page_size=2"' in html
    assert 'rel="next" href="/t/list/?page_size=2&amp;page=3"' in html
    assert "Rows 3 to 4 of 5." in html


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("page=9", "There is no page 9; the last one is 1. Showing the last page."),
        ("page=99999999999999999999", "There is no page 999999999; the last one is 1."),
        ("page=zz", "“zz” is no page number. Showing the first page."),
        ("page=-1", "“-1” is no page number."),
        ("page=٣", "“٣” is no page number."),
        ("page_size=5000", "A page holds at most 200 rows."),
        ("page_size=0", "“0” is no number of rows. Showing 50 rows a page."),
        ("page_size=abc", "“abc” is no number of rows."),
    ],
)
def test_a_page_that_cannot_be_is_answered_with_a_sentence(
    staff_client: Client, events: Make, query: str, sentence: str
) -> None:
    events(3)
    html = text(staff_client, f"/t/list/?{query}")
    assert sentence in html
    assert len(rows(html)) == 3


def test_a_page_holds_two_hundred_rows_at_most(staff_client: Client, events: Make) -> None:
    events(201)
    assert len(rows(text(staff_client, "/t/list/?page_size=5000"))) == 200


def test_htmx_gets_the_results_alone_with_what_stands_elsewhere_beside_them(staff_client: Client, events: Make) -> None:
    events(3)
    response = staff_client.get("/t/list/?q=flow&application=&page=", headers=HTMX)
    html = response.content.decode()
    assert "<html" not in html
    assert html.startswith('<div id="results"')
    assert '<span id="list-count" class="tag" hx-swap-oob="true">3</span>' in html
    assert "list-status" in html
    assert response["HX-Push-Url"] == "/t/list/?q=flow"
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
def test_a_boosted_or_restored_page_is_whole(staff_client: Client, header: str) -> None:
    assert "<html" in text(staff_client, "/t/list/", **HTMX, **{header: "true"})


def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    staff_client: Client, events: Make, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    for count in (2, 40):
        events(count)
        staff_client.get("/t/list/", headers=HTMX)
        # user, preferences, columns, count, rows; permissions for the bulk action: two
        with django_assert_num_queries(7):
            staff_client.get("/t/list/", headers=HTMX)


def test_the_three_empty_states_say_different_things(staff_client: Client, events: Make) -> None:
    empty = text(staff_client, "/t/list/")
    assert "Nothing has happened yet." in empty
    assert "Make something happen" in empty
    events(1)
    filtered = text(staff_client, "/t/list/?q=absent")
    assert "Nothing matches." in filtered
    assert "Nothing has happened yet." not in filtered
    assert "Clear filters" in filtered
    forbidden = staff_client.get("/t/secret/")
    assert forbidden.status_code == 403
    assert "You may not see this list." in forbidden.content.decode()
    assert "audit.view_event" in forbidden.content.decode()
    assert "Flow" not in forbidden.content.decode()


def test_a_forbidden_list_is_forbidden_to_htmx_and_to_export_too(staff_client: Client, events: Make) -> None:
    events(1)
    assert staff_client.get("/t/secret/", headers=HTMX).status_code == 403
    export = staff_client.get("/t/secret/?export=csv")
    assert export.status_code == 403
    assert b"Flow 1" not in export.content


def test_columns_are_chosen_kept_for_the_person_and_reset(staff_client: Client, staff: User, events: Make) -> None:
    events(1)
    response = staff_client.post("/t/list/?q=flow", {"_columns": "1", "column": ["at", "object_name", "nonsense"]})
    assert (response.status_code, response["Location"]) == (303, "/t/list/?q=flow")
    assert columns(staff, "test.events") == ["object_name", "at"]
    html = text(staff_client, "/t/list/")
    assert 'id="sort-at"' in html
    assert 'id="sort-number"' not in html
    staff_client.post("/t/list/", {"_columns": "1", "_reset": "1", "column": ["at"]})
    assert columns(staff, "test.events") is None
    assert 'id="sort-number"' in text(staff_client, "/t/list/")


def body(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.getvalue().decode()


def test_csv_holds_exactly_what_is_filtered_in_the_chosen_columns(staff_client: Client, events: Make) -> None:
    events(120)
    table = list(csv.reader(io.StringIO(body(staff_client, "/t/list/?application=nexus&export=csv&page=2"))))
    assert table[0] == ["Object", "Number", "Action"]
    assert len(table) == 61
    assert table[1] == ["Flow 120", "120", "test.event.made"]


def test_csv_defuses_what_a_spreadsheet_would_run(staff_client: Client, events: Make) -> None:
    for start in ("=1+1", "+1", "-1", "@x", "\tx", "\n=1+1"):
        events(1, name=start)
    names = [line[0] for line in csv.reader(io.StringIO(body(staff_client, "/t/list/?export=csv")))][1:]
    assert len(names) == 6
    assert all(name.startswith("'") for name in names)


def test_json_holds_values_not_words(staff_client: Client, events: Make) -> None:
    events(2)
    staff_client.post("/t/list/", {"_columns": "1", "column": ["object_name", "at", "after"]})
    response = staff_client.get("/t/list/?export=json&sort=number&q=flow")
    found = json.loads(response.getvalue())
    assert [row["after"] for row in found] == [{"n": 1}, {"n": 2}]
    assert found[0]["at"].endswith(("Z", "+00:00"))
    assert response["Content-Disposition"].startswith('attachment; filename="vault-test-events-')


def test_an_empty_json_export_is_an_empty_array(staff_client: Client) -> None:
    assert json.loads(body(staff_client, "/t/list/?export=json")) == []


def test_an_export_with_bad_filters_or_in_an_unknown_format_is_refused(staff_client: Client) -> None:
    assert staff_client.get("/t/list/?number=x&export=csv").status_code == 400
    missing = staff_client.get("/t/list/?export=xml")
    assert missing.status_code == 404
    assert "only as csv or json" in missing.content.decode()


def test_a_big_list_is_counted_to_the_cap_and_paged_no_further(
    staff_client: Client, events: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNT_CAP", 6)
    events(9)
    html = text(staff_client, "/t/big/?page_size=4&page=2")
    assert ">6+</span>" in html
    assert "Page 2</span>" in html
    assert "page=3" not in html
    beyond = text(staff_client, "/t/big/?page_size=4&page=3")
    assert "Use the filters to reach older rows." in beyond
    assert ">9</span>" in text(staff_client, "/t/list/")


def grant(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


def test_a_bulk_action_changes_the_ticked_rows_only(staff_client: Client, staff: User, events: Make) -> None:
    events(3)
    grant(staff, "change_event")
    chosen = [str(pk) for pk in Event.objects.order_by("id").values_list("pk", flat=True)[:2]]
    response = staff_client.post("/t/list/?sort=number", {"_action": "rename", "id": chosen})
    assert (response.status_code, response["Location"]) == (303, "/t/list/?sort=number")
    assert Event.objects.filter(object_name="renamed").count() == 2
    assert "Renamed 2 events." in text(staff_client, "/t/list/")


def test_a_bulk_action_on_all_means_all_that_match(staff_client: Client, staff: User, events: Make) -> None:
    events(4)
    grant(staff, "change_event")
    staff_client.post("/t/list/?application=nexus", {"_action": "rename", "_all": "1"})
    assert set(Event.objects.filter(object_name="renamed").values_list("application", flat=True)) == {"nexus"}
    assert Event.objects.filter(object_name="renamed").count() == 2


def test_a_bulk_action_is_refused_and_not_shown_without_its_permission(staff_client: Client, events: Make) -> None:
    events(1)
    assert 'value="rename"' not in text(staff_client, "/t/list/")
    response = staff_client.post("/t/list/", {"_action": "rename", "_all": "1"})
    assert response.status_code == 403
    assert not Event.objects.filter(object_name="renamed").exists()


def test_a_bulk_action_that_asks_does_nothing_before_the_answer(staff_client: Client, events: Make) -> None:
    events(2)
    asked = staff_client.post("/t/list/", {"_action": "ask", "_all": "1"})
    assert "Rename 2 events?" in asked.content.decode()
    assert not Event.objects.filter(object_name="renamed").exists()
    staff_client.post("/t/list/", {"_action": "ask", "_all": "1", "_confirmed": "1"})
    assert Event.objects.filter(object_name="renamed").count() == 2


@pytest.mark.parametrize(
    ("data", "status"),
    [({"_action": "ask"}, 303), ({"_action": "nonsense", "_all": "1"}, 400), ({"_action": "ask", "id": "x"}, 400)],
)
def test_a_bulk_action_on_nothing_or_nonsense_changes_nothing(
    staff_client: Client, events: Make, data: dict[str, str], status: int
) -> None:
    events(1)
    assert staff_client.post("/t/list/", data | {"_confirmed": "1"}).status_code == status
    assert not Event.objects.filter(object_name="renamed").exists()


def test_values_of_rows_and_searches_are_escaped(staff_client: Client, events: Make) -> None:
    events(1, name="<script>x")
    html = text(staff_client, "/t/list/?q=%3Cscript%3E")
    assert "<script>x" not in html
    assert "&lt;script&gt;x 1" in html
