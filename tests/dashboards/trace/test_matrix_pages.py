"""The traceability matrix: marks, gaps, filters, columns, exports, and what it costs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, page, workspace

pytestmark = pytest.mark.django_db
URL = "/trace/matrix/"
QUERIES = 14


@pytest.fixture
def published(place: Place) -> Place:
    """Three features, of which one leads to no gateway."""
    place.save(
        workspace(
            feature("Live boards", ("Skyflow", "Nexus"), gateways=("Web", "Phone")),
            feature("Flow builder", tags=("Boards", "Flows"), status="Beta"),
            feature("Nobody's idea", gateways=(), status="Planned"),
        )
    )
    place.export()
    return place


def table(client: Client, url: str, query: str = "") -> list[dict[str, str]]:
    """The exported CSV of this query: exactly what is filtered, and the columns that are shown."""
    answer: Any = client.get(f"{url}?export=csv&{query}")
    assert answer.status_code == 200, answer.content
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_a_mark_stands_where_a_feature_leads_to_the_row(published: Place, staff_client: Client) -> None:
    assert table(staff_client, URL) == [
        {"Name": "Flow builder", "Phone": "false", "Web": "true"},
        {"Name": "Live boards", "Phone": "true", "Web": "true"},
        {"Name": "Nobody's idea", "Phone": "false", "Web": "false"},
    ]
    assert table(staff_client, f"{URL}tags/", "q=flow") == [{"Name": "Flow builder", "Boards": "true", "Flows": "true"}]
    assert table(staff_client, f"{URL}tiers/", "q=live") == [{"Name": "Live boards", "Free": "true", "Team": "false"}]
    shown = staff_client.get(URL).content.decode()
    assert shown.count('aria-label="yes"') == 3
    assert '<a href="/trace/features/live-boards/">Live boards</a>' in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("covered=none", ["Nobody's idea"]),
        ("covered=some", ["Flow builder", "Live boards"]),
        ("covered=some&app=nexus", ["Live boards"]),
        ("gateway=phone", ["Live boards"]),
        ("status=Beta", ["Flow builder"]),
        ("sort=-name", ["Nobody's idea", "Live boards", "Flow builder"]),
    ],
)
def test_gaps_and_filters(published: Place, staff_client: Client, query: str, expected: list[str]) -> None:
    assert [row["Name"] for row in table(staff_client, URL, query)] == expected


@pytest.mark.parametrize("url", [URL, f"{URL}tiers/", f"{URL}tags/"])
def test_each_state_says_what_it_is(place: Place, staff_client: Client, url: str) -> None:
    assert "No feature has been exported yet." in staff_client.get(url).content.decode()
    place.export()
    assert "Nothing matches." in staff_client.get(f"{url}?q=zzz").content.decode()
    assert "“x” is not one of the choices" in staff_client.get(f"{url}?covered=x").content.decode()
    part = staff_client.get(f"{url}?q=live", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Live boards" in part
    answer = Client().get(url)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def many(place: Place, features: int, gateways: int) -> None:
    document = workspace(*[feature(f"Feature {n:03}", gateways=("Web", "Phone")) for n in range(features)])
    status = document["data_sources"][1]["pages"][0]["properties"]["Status"]
    document["data_sources"][1]["pages"] += [page("Gateways", f"Gateway {n}", Status=status) for n in range(gateways)]
    place.save(document)
    place.export()


def test_of_many_columns_those_with_the_most_features_are_shown_and_others_can_be_chosen(
    place: Place, admin_client: Client
) -> None:
    many(place, 3, 45)
    shown = admin_client.get(URL).content.decode()
    assert "There are 47 gateways." in shown
    assert shown.count('<th scope="col" class="mark">') == 40
    headings = list(table(admin_client, URL)[0])
    assert {"Web", "Phone"} <= set(headings)
    chosen = {"_columns": "1", "column": ["name", "gateway-gateway-44"]}
    assert admin_client.post(URL, chosen).status_code == 303
    assert list(table(admin_client, URL)[0]) == ["Name", "Gateway 44"]
    assert list(table(admin_client, f"{URL}tags/")[0]) == ["Name", "Boards", "Flows"]


def count_queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def test_it_costs_the_same_queries_however_many_features_and_columns_there_are(
    place: Place, staff_client: Client
) -> None:
    place.export()
    few = count_queries(staff_client, URL)
    many(place, 80, 30)
    assert count_queries(staff_client, f"{URL}?page_size=100&app=skyflow&covered=some") <= few <= QUERIES


def test_the_export_asks_for_the_marks_of_many_features_at_once(place: Place, staff_client: Client) -> None:
    many(place, 80, 0)
    table(staff_client, URL)
    with CaptureQueriesContext(connection) as queries:
        assert len(table(staff_client, URL)) == 80
    assert len(queries) <= QUERIES
