"""The lists of gateways, tiers and tags, and the page of one of them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, options, page, relation, workspace

pytestmark = pytest.mark.django_db
LISTS = ("/trace/gateways/", "/trace/tiers/", "/trace/tags/")
QUERIES = 12


@pytest.fixture
def published(place: Place) -> Place:
    """The workspace of the tests, published: two gateways, tiers and tags."""
    place.export()
    return place


def rows(client: Client, url: str, query: str = "") -> list[tuple[str, str]]:
    """Name and number of features of each row in the exported CSV: exactly what is filtered."""
    answer: Any = client.get(f"{url}?export=csv&{query}")
    assert answer.status_code == 200, answer.content
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    return [(row["Name"], row["Features"]) for row in csv.DictReader(io.StringIO(body))]


def test_each_list_counts_the_features_that_lead_to_its_rows(published: Place, staff_client: Client) -> None:
    assert rows(staff_client, "/trace/gateways/") == [("Phone", "1"), ("Web", "3")]
    assert rows(staff_client, "/trace/tiers/") == [("Free", "2"), ("Team", "1")]
    assert rows(staff_client, "/trace/tags/") == [("Boards", "3"), ("Flows", "1")]


@pytest.mark.parametrize(
    ("url", "query", "expected"),
    [
        ("/trace/gateways/", "q=pho", ["Phone"]),
        ("/trace/gateways/", "app=nexus", ["Web"]),
        ("/trace/gateways/", "status=Active", ["Phone", "Web"]),
        ("/trace/gateways/", "used=unused", []),
        ("/trace/gateways/", "sort=-used", ["Web", "Phone"]),
        ("/trace/tags/", "used=used", ["Boards", "Flows"]),
        ("/trace/tags/", "app=nexus&q=flows", []),
    ],
)
def test_they_are_searched_filtered_and_sorted(
    published: Place, staff_client: Client, url: str, query: str, expected: list[str]
) -> None:
    assert [name for name, _ in rows(staff_client, url, query)] == expected


@pytest.mark.parametrize("url", LISTS)
def test_they_say_so_when_nothing_is_published_or_nothing_matches(place: Place, staff_client: Client, url: str) -> None:
    assert "has been exported yet." in staff_client.get(url).content.decode()
    place.export()
    assert "Nothing matches." in staff_client.get(f"{url}?q=zzz").content.decode()
    assert "is not one of the choices" in staff_client.get(f"{url}?status=Never").content.decode()


@pytest.mark.parametrize("url", [*LISTS, "/trace/gateways/web/", "/trace/tiers/free/", "/trace/tags/boards/"])
def test_only_staff_see_them(published: Place, staff_client: Client, url: str) -> None:
    answer = Client().get(url)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert staff_client.get(url).status_code == 200


def test_a_page_tells_which_features_lead_to_the_row(published: Place, staff_client: Client) -> None:
    shown = staff_client.get("/trace/gateways/phone/").content.decode()
    assert "Features that lead here" in shown
    assert '<a class="tag" href="/trace/features/live-boards/">Live boards</a>' in shown
    assert "connector-kit" not in shown
    assert staff_client.get("/trace/gateways/nothing/").status_code == 404
    assert staff_client.get("/trace/gateways/live-boards/").status_code == 404  # that is a feature


def test_a_relation_that_only_the_gateway_has_counts_like_one_of_the_feature(
    place: Place, staff_client: Client
) -> None:
    document = workspace(feature("Live boards", gateways=()))
    gateways = document["data_sources"][1]
    gateways["pages"][1]["properties"]["Carries"] = relation("Features", "Live boards")
    gateways["pages"][0]["properties"]["Carries"] = relation("Features")
    gateways["properties"]["Carries"] = {"id": "c", "name": "Carries", "type": "relation", "relation": {}}
    gateways["properties"]["Carries"]["relation"] = {"data_source_id": document["data_sources"][0]["id"]}
    place.save(document)
    place.export()
    assert rows(staff_client, "/trace/gateways/") == [("Phone", "1"), ("Web", "0")]
    names = staff_client.get("/trace/features/?gateway=phone&export=json")
    assert b"Live boards" in b"".join(names.streaming_content)  # type: ignore[attr-defined]


def test_a_row_that_thousands_lead_to_shows_the_first_and_the_way_to_all(place: Place, staff_client: Client) -> None:
    place.save(workspace(*[feature(f"Feature {n:03}") for n in range(45)]))
    place.export()
    shown = staff_client.get("/trace/tags/boards/").content.decode()
    assert "Feature 039" in shown
    assert "Feature 040" not in shown
    assert '<a href="/trace/features/?tag=boards">All 45</a>' in shown


def count_queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize("url", [*LISTS, "/trace/gateways/web/"])
def test_they_cost_the_same_queries_however_many_rows_there_are(place: Place, staff_client: Client, url: str) -> None:
    place.export()
    few = count_queries(staff_client, url)
    document = workspace(*[feature(f"Feature {n}") for n in range(60)])
    for number, kind in enumerate(("Gateways", "Tiers", "Tags"), start=1):
        active = document["data_sources"][number]["pages"][0]["properties"].get("Status")
        more = {"Status": active} if active else {}
        document["data_sources"][number]["pages"] += [page(kind, f"{kind} {n}", **more) for n in range(40)]
    place.save(document)
    place.export()
    assert count_queries(staff_client, url) <= few <= QUERIES


def test_content_is_shown_as_markdown_that_cannot_do_anything(
    published: Place, staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domains.trace.service import entries

    entry = entries.get(kind="features", slug="live-boards")
    text = (
        "# Plan\n\n**bold** <script>alert(1)</script> [no](javascript:alert(1)) [yes](https://docs.example/x) "
        "<img src=x onerror=alert(1)> ![far](https://far.example/a.png) ![own](/trace/public/files/ab.png) [no](//x.y)"
    )
    entries.update(entry, data=entry.data | {"content": text})
    shown = staff_client.get("/trace/features/live-boards/").content.decode()
    for inert in ("<script>alert", 'href="javascript:', "<img src=x", '<img src="https://far', 'href="//x.y'):
        assert inert not in shown, inert
    for wanted in (
        "<h3>Plan</h3>",
        "<strong>bold</strong>",
        '<a href="https://docs.example/x" rel="noreferrer nofollow">yes</a>',
        '<img src="/trace/public/files/ab.png" alt="own" loading="lazy">',
    ):
        assert wanted in shown, wanted


def test_the_palette_finds_rows_of_every_kind(published: Place, staff_client: Client) -> None:
    found = staff_client.get("/palette/?q=pho", headers={"HX-Request": "true"}).content.decode()
    assert "/trace/gateways/phone/" in found


def test_markup_in_the_name_of_a_tag_is_inert(place: Place, staff_client: Client) -> None:
    document = workspace(feature("Live boards", tags=("Boards", "<b onclick=x>")))
    document["data_sources"][3]["pages"].append(page("Tags", "<b onclick=x>", ("Skyflow",), Also=options("<i>")))
    document["data_sources"][3]["pages"][0]["properties"]["Also"] = options()
    document["data_sources"][3]["pages"][1]["properties"]["Also"] = options()
    document["data_sources"][3]["properties"]["Also"] = {"id": "x", "name": "Also", "type": "multi_select"}
    document["data_sources"][3]["properties"]["Also"]["multi_select"] = {}
    place.save(document)
    place.export()
    for url in ("/trace/tags/", "/trace/tags/b-onclick-x/", "/trace/features/live-boards/", "/trace/matrix/tags/"):
        shown = staff_client.get(url).content.decode()
        assert "<b onclick" not in shown
        assert "&lt;b onclick" in shown
