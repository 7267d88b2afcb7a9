"""The list of features: what it shows, how it is searched and filtered, what it costs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
URL = "/trace/features/"
QUERIES = 12


@pytest.fixture
def published(place: Place) -> Place:
    """Four features, published."""
    place.save(
        workspace(
            feature("Live boards", ("Skyflow", "Nexus"), gateways=("Web", "Phone"), summary="Move cards."),
            feature("Flow builder", tags=("Boards", "Flows"), status="Beta", summary="Draw automations."),
            feature("Connector kit", ("Nexus",), tier=("Team",), summary="Write connectors."),
            feature("Nobody's idea", (), status="Planned"),
        )
    )
    place.export()
    return place


def names(client: Client, query: str = "") -> list[str]:
    """Names in the exported CSV of this query: exactly what is filtered."""
    answer: Any = client.get(f"{URL}?export=csv&{query}")
    assert answer.status_code == 200, answer.content
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [row["Name"] for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))]


def test_it_lists_every_feature_by_name(published: Place, staff_client: Client) -> None:
    assert names(staff_client) == ["Connector kit", "Flow builder", "Live boards", "Nobody's idea"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=CARDS", ["Live boards"]),
        ("q=flow+draw", ["Flow builder"]),
        ("app=nexus", ["Connector kit", "Live boards"]),
        ("status=Beta", ["Flow builder"]),
        ("tier=team", ["Connector kit"]),
        ("tag=flows", ["Flow builder"]),
        ("gateway=phone", ["Live boards"]),
        ("app=skyflow&gateway=web&status=Shipped", ["Live boards"]),
        ("app=nexus&tag=flows", []),
        ("sort=-name", ["Nobody's idea", "Live boards", "Flow builder", "Connector kit"]),
        ("sort=-gateway_count", ["Live boards", "Flow builder", "Connector kit", "Nobody's idea"]),
    ],
)
def test_it_is_searched_filtered_and_sorted(
    published: Place, staff_client: Client, query: str, expected: list[str]
) -> None:
    assert sorted(names(staff_client, query)) == sorted(expected)
    if query.startswith("sort"):
        assert names(staff_client, query)[0] == expected[0]


def test_the_page_names_snapshot_links_and_relations(published: Place, staff_client: Client) -> None:
    page = staff_client.get(URL).content.decode()
    assert '<a href="/trace/features/live-boards/">Live boards</a>' in page
    assert 'class="tag run">Beta' in page
    assert "Snapshot <code>" in page


def test_htmx_gets_the_rows_alone(published: Place, staff_client: Client) -> None:
    part = staff_client.get(f"{URL}?status=Beta", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Flow builder" in part
    assert "Live boards" not in part


def test_a_filter_value_that_does_not_exist_is_a_fault_in_words(published: Place, staff_client: Client) -> None:
    answer = staff_client.get(f"{URL}?tier=platinum")
    assert answer.status_code == 200
    assert "“platinum” is not one of the choices" in answer.content.decode()


def test_it_says_so_before_the_first_export_and_when_nothing_matches(place: Place, staff_client: Client) -> None:
    page = staff_client.get(URL).content.decode()
    assert "No feature has been exported yet." in page
    assert 'href="/trace/exports/"' in page
    place.export()
    assert "Nothing matches." in staff_client.get(f"{URL}?q=zzz").content.decode()


def test_only_staff_see_it(published: Place) -> None:
    answer = Client().get(URL)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def count_queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_it_costs_the_same_queries_however_many_features_there_are(place: Place, staff_client: Client) -> None:
    place.export()
    few = count_queries(staff_client, f"{URL}?page_size=100")
    place.save(workspace(*[feature(f"Feature {n}", gateways=("Web", "Phone")) for n in range(90)]))
    place.export()
    many = count_queries(staff_client, f"{URL}?page_size=100&app=skyflow&tag=boards&q=feature")
    assert many <= few <= QUERIES


def test_names_with_markup_and_scripts_are_inert(place: Place, staff_client: Client) -> None:
    from tests.domains.trace.workspaces import value

    evil: Any = {"Documentation": value("url", "javascript:alert(1)")}
    place.save(workspace(feature('<script>alert("x")</script>', summary="<img src=x onerror=alert(1)>", **evil)))
    place.export()
    for url in (URL, "/trace/features/script-alert-x-script/"):
        page = staff_client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert 'href="javascript:' not in page


def test_the_palette_finds_features_by_a_part_of_their_name(published: Place, staff_client: Client) -> None:
    page = staff_client.get("/palette/?q=board", headers={"HX-Request": "true"}).content.decode()
    assert "/trace/features/live-boards/" in page
    assert "/trace/features/flow-builder/" not in page
