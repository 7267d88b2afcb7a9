"""A feature's page: ranking and movements, items, how contributions are spread, exports, and what readers get."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.applications import reads as applications
from domains.club.models import Community, Feature, FeaturePoint, Member
from tests.dashboards.club.shown import chart, page_of, streamed, tell, text_of, today

pytestmark = pytest.mark.django_db
URL = "/club/features/skyflow/flow/"
QUERIES = 14


@pytest.fixture(autouse=True)
def no_application_is_remembered(db: None) -> None:
    applications.forget_applications()


def exported(client: Client, query: str) -> Any:
    answer = client.get(f"{URL}?{query}")
    text = streamed(answer)
    return json.loads(text) if answer["Content-Type"] == "application/json" else list(csv.reader(io.StringIO(text)))


def names(client: Client, query: str = "") -> list[str]:
    return [row["name"] for row in exported(client, f"export=json{query}")]


def test_members_are_ranked_with_movements_in_words(staff_client: Client) -> None:
    tell(days=24)
    words = text_of(page_of(staff_client, URL))
    assert "1 1 up 1 place, from 2 Ada 24 49%" in words
    assert "2 1 down 1 place, from 1 Bo 20 41%" in words
    assert f"3 new not ranked on {_said(7)} Eva 5 10%" in words


def test_movements_are_since_the_day_that_is_chosen(staff_client: Client) -> None:
    tell(days=24)
    page = page_of(staff_client, f"{URL}?since=day")
    assert f"the same place as on {_said(1)} Ada" in text_of(page)
    assert '?since=day#members" aria-current="true"' in page
    assert "There is no earlier ranking." in text_of(page_of(staff_client, f"{URL}?since=month"))


def test_equal_scores_share_a_rank(staff_client: Client) -> None:
    tell(days=20)
    rows = exported(staff_client, "export=json")
    assert [(row["rank"], row["name"]) for row in rows] == [(1, "Ada"), (1, "Bo"), (3, "Eva")]


def test_members_are_searched_by_name_and_by_what_readers_see(staff_client: Client) -> None:
    tell()
    pseudonym = Member.objects.get(name="Bo").pseudonym
    assert names(staff_client, "&q=ev") == ["Eva"]
    assert names(staff_client, f"&q={pseudonym}") == ["Bo"]
    page = page_of(staff_client, f"{URL}?q=nobody")
    assert "Nobody matches." in page
    assert f'href="{URL}#members"' in page


def test_members_are_filtered_and_ordered_by_movement(staff_client: Client) -> None:
    tell(days=24)
    assert names(staff_client, "&moved=up") == ["Ada"]
    assert names(staff_client, "&moved=new") == ["Eva"]
    assert names(staff_client, "&sort=down") == ["Bo", "Eva", "Ada"]
    assert names(staff_client, "&moved=sideways&sort=wrong") == ["Ada", "Bo", "Eva"]


def test_the_list_alone_is_answered_to_htmx(staff_client: Client) -> None:
    tell()
    answer = staff_client.get(f"{URL}?q=ada", headers={"HX-Request": "true"})
    body = answer.content.decode()
    assert body.startswith('<div id="ranking"')
    assert ("Ada" in body, "Bo" in body) == (True, False)
    assert answer["HX-Push-Url"] == f"{URL}?q=ada"
    assert 'id="ranking-export" popover hx-swap-oob="true"' in body
    assert "q=ada&amp;export=csv" in body


def test_pages_of_members_follow_each_other(staff_client: Client) -> None:
    tell()
    first = page_of(staff_client, f"{URL}?page_size=2")
    assert "Rows 1 to 2 of 3." in first
    assert f'href="{URL}?page_size=2&amp;page=2#members"' in first
    second = page_of(staff_client, f"{URL}?page_size=2&page=2")
    assert ("Eva" in second, ">Ada<" in second) == (True, False)
    assert "There is no page 9" in page_of(staff_client, f"{URL}?page_size=2&page=9")


def test_members_come_as_csv_and_json_as_they_are_filtered(staff_client: Client) -> None:
    tell(days=24)
    heading, *rows = exported(staff_client, "export=csv&moved=up")
    assert heading == ["rank", "rank_before", "moved", "name", "pseudonym", "score", "share", "posts"]
    assert [row[:4] for row in rows] == [["1", "2", "1", "Ada"]]
    (ada, *_) = exported(staff_client, "export=json")
    assert (ada["share"], ada["posts"]) == (round(24 / 49, 6), 24)


def test_items_stand_beside_with_links_of_the_web_only(staff_client: Client) -> None:
    tell()
    page = page_of(staff_client, URL)
    assert '<a href="https://example.org/t/1" rel="noreferrer">How it began</a>' in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert exported(staff_client, "export=items")[1:] == [
        ["1", "How it began", "https://example.org/t/1", "7"],
        ["2", "<b>bold</b>", "", "3"],
    ]


def test_charts_show_contributions_beside_the_period_before_and_who_was_new(staff_client: Client) -> None:
    tell(days=40)
    page = page_of(staff_client, f"{URL}?range=7")
    lines = chart(page, "contributions")
    assert lines["Contributions"] == [59 + number for number in range(7)]
    assert lines["The 7 days before"] == [47 + number for number in range(7)]
    assert chart(page, "members") == {"Present": [3] * 7, "New": [1, *[0] * 6], "Returning": [0] * 7}
    heading, *rows = exported(staff_client, "range=7&export=members")
    assert (heading, rows[-1]) == (["Day", "Present", "New", "Returning"], [today().isoformat(), "3", "0", "0"])


def test_how_contributions_are_spread_is_drawn_and_said(staff_client: Client) -> None:
    tell(days=75)
    page = page_of(staff_client, URL)
    words = text_of(page)
    assert "1 member of 3 made half of them." in words
    assert "There are 3 members, so the ten most present have everything." in words
    assert "The Gini coefficient is 0.47" in words  # of 75, 20 and 5
    assert '<polyline points="0.0,100.0 33.3,95.0 66.7,75.0 100.0,0.0"/>' in page


def test_stale_figures_are_named_with_their_source(staff_client: Client) -> None:
    tell()
    FeaturePoint.objects.filter(every="day", at=today()).update(stale={"My forum": "2026-01-02T03:04:00+00:00"})
    words = text_of(page_of(staff_client, URL))
    assert "My forum could not be asked. Its figures of 02 Jan 2026" in words


def test_readers_see_pseudonyms_unless_the_application_publishes_names(staff_client: Client) -> None:
    tell()
    pseudonym = Member.objects.get(name="Ada").pseudonym
    page = page_of(staff_client, URL)
    assert (pseudonym in page, "with pseudonyms" in page) == (True, True)
    assert 'href="/club/public/skyflow/flow/most-present/"' in page
    assert "/club/preview/?address=%2Fclub%2Fpublic%2Fskyflow%2Fflow%2Fmost-present%2F" in page
    Community.objects.create(application="skyflow", publish_names=True)
    page = page_of(staff_client, URL)
    assert (pseudonym in page, "with names" in page) == (False, True)


def test_a_feature_that_was_never_collected_and_one_that_is_no_longer_say_so(staff_client: Client) -> None:
    tell()
    Feature.objects.create(application="skyflow", slug="new", name="New one")
    assert "Nothing has been collected about this feature yet." in page_of(staff_client, "/club/features/skyflow/new/")
    Feature.objects.filter(slug="flow").update(active=False)
    assert "No longer collected" in page_of(staff_client, URL)


@pytest.mark.parametrize("address", ["/club/features/skyflow/other/", "/club/features/other/flow/", f"{URL}?export=x"])
def test_what_is_not_there_is_not_found(staff_client: Client, address: str) -> None:
    tell()
    page_of(staff_client, address, 404)


def test_it_costs_the_same_queries_whatever_is_asked(staff_client: Client) -> None:
    tell()
    for query in ("", "?q=ada&moved=up&since=day", "?range=all", "?range=year&page_size=1"):
        applications.forget_applications()
        with CaptureQueriesContext(connection) as queries:
            page_of(staff_client, f"{URL}{query}")
        assert len(queries) <= QUERIES, [query["sql"][:100] for query in queries.captured_queries]


def _said(ago: int) -> str:
    day = today() - timedelta(days=ago)
    return f"{day.day} {day:%b %Y}"
