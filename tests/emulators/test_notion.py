"""The emulator behaves as Notion was seen to, so that tests which lean on it mean something."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.emulators.notion import NotionEmulator, RateLimit, Workspace, data_source_id, database_id, make_workspace

FEATURES = data_source_id("features")
PAGE_KEYS = {
    *("object", "id", "created_time", "last_edited_time", "created_by", "last_edited_by", "cover", "icon", "parent"),
    *("in_trash", "is_archived", "is_locked", "properties", "url", "public_url", "archived"),
}


@pytest.fixture
def workspace() -> Workspace:
    return make_workspace(250)


@pytest.fixture
def notion(workspace: Workspace) -> Iterator[NotionEmulator]:
    with NotionEmulator(workspace) as emulator:
        yield emulator


@pytest.fixture
def http(notion: NotionEmulator) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {notion.token}", "Notion-Version": "2025-09-03"}
    with httpx.Client(base_url=f"{notion.url}/v1", headers=headers) as client:
        yield client


def query(http: httpx.Client, **body: Any) -> Any:
    return http.post(f"/data_sources/{FEATURES}/query", json=body).json()


def walk(http: httpx.Client, workspace: Workspace, stamp: str, direction: str) -> dict[str, Any]:
    """Every page of a query, deduplicated, while rows are edited, trashed and created between the pages."""
    found: dict[str, Any] = {}
    body: dict[str, Any] = {"sorts": [{"timestamp": stamp, "direction": direction}], "page_size": 20}
    live = workspace.live("features")
    for turn in range(40):
        answer = query(http, **body)
        found |= {page["id"]: page for page in answer["results"]}
        if not answer["has_more"]:
            break
        body["start_cursor"] = answer["next_cursor"]
        workspace.pass_minutes()
        if turn < 5:
            workspace.edit(live[turn * 40 + 3].id, Name=f"Edited {turn}")
        if turn < 2:
            workspace.create("features", Name=f"New {turn}")
    return found


def test_all_24_types_of_values_are_there(http: httpx.Client) -> None:
    schema = http.get(f"/data_sources/{FEATURES}").json()["properties"]
    assert len({spec["type"] for spec in schema.values()}) == 24
    page = query(http)["results"][0]
    assert set(page) == PAGE_KEYS
    assert {name: value["type"] for name, value in page["properties"].items()} == {
        name: spec["type"] for name, spec in schema.items()
    }


def test_a_database_has_data_sources_and_no_properties(http: httpx.Client) -> None:
    database = http.get(f"/databases/{database_id('tags')}").json()
    assert database["data_sources"] == [{"id": data_source_id("tags"), "name": "Tags"}]
    assert "properties" not in database
    assert http.get(f"/databases/{data_source_id('tags')}").status_code == 404
    assert http.post(f"/databases/{database_id('tags')}/query").json()["code"] == "invalid_request_url"


def test_relations_are_cut_with_a_flag_people_and_mentions_without(http: httpx.Client, workspace: Workspace) -> None:
    many = next(row for row in workspace.live("features") if len(row.values["Gateways"]) > 25)
    crowd = next(row for row in workspace.live("features") if len(row.values["Owner"]) > 25)
    pages = {row.id: http.get(f"/pages/{row.id}").json()["properties"] for row in (many, crowd)}
    relation = pages[many.id]["Gateways"]
    assert (len(relation["relation"]), relation["has_more"]) == (25, True)
    assert pages[many.id]["Gateway count"]["rollup"]["number"] == 25
    assert len(pages[crowd.id]["Owner"]["people"]) == 25
    assert "has_more" not in pages[crowd.id]["Owner"]


def test_an_id_that_is_encoded_twice_is_refused(http: httpx.Client, workspace: Workspace) -> None:
    row = workspace.live("features")[0]
    encoded = workspace.schemas["features"]["Tags"]["id"]
    assert "%" in encoded
    assert http.get(f"/pages/{row.id}/properties/{encoded}").status_code == 200
    assert http.get(f"/pages/{row.id}/properties/{encoded.replace('%', '%25')}").status_code == 400


@pytest.mark.parametrize(
    "body",
    [{"page_size": 101}, {"page_size": 0}, {"start_cursor": "x"}, {"size": 1}, {"sorts": [{"property": "Name"}]}],
)
def test_what_notion_does_not_take_is_a_validation_error(body: dict[str, Any], http: httpx.Client) -> None:
    assert query(http, **body)["code"] == "validation_error"


def test_only_the_properties_that_are_asked_for_come(http: httpx.Client, workspace: Workspace) -> None:
    encoded = workspace.schemas["features"]["Tags"]["id"]
    url = f"/data_sources/{FEATURES}/query?filter_properties=title&filter_properties="
    assert list(http.post(url + encoded, json={}).json()["results"][0]["properties"]) == ["Name", "Tags"]
    assert http.post(url + encoded.replace("%", "%25"), json={}).status_code == 400


def test_a_cursor_belongs_to_its_query(http: httpx.Client) -> None:
    cursor = query(http, page_size=5)["next_cursor"]
    assert query(http, start_cursor=cursor)["object"] == "list"
    assert "start_cursor provided is invalid" in query(http, start_cursor=cursor, in_trash=True)["message"]


def test_oldest_edits_first_loses_nothing_and_newest_first_does(http: httpx.Client, workspace: Workspace) -> None:
    found = walk(http, workspace, "last_edited_time", "ascending")
    live = {row.id: row for row in workspace.live("features")}
    assert found.keys() == live.keys()
    assert all(page["last_edited_time"] == f"{live[i].edited:%Y-%m-%dT%H:%M}:00.000Z" for i, page in found.items())
    found = walk(http, workspace, "last_edited_time", "descending")
    assert found.keys() < {row.id for row in workspace.live("features")}


def test_times_are_rounded_down_and_a_minute_is_filtered_as_a_whole(http: httpx.Client, workspace: Workspace) -> None:
    workspace.pass_minutes(5)
    row = workspace.edit(workspace.live("features")[0].id, Name="Changed")
    stamp = f"{row.edited:%Y-%m-%dT%H:%M}:00.000Z"
    assert row.edited.second == 0
    for word, count in {"on_or_after": 1, "after": 0}.items():
        wanted = {"timestamp": "last_edited_time", "last_edited_time": {word: stamp}}
        assert len(query(http, filter=wanted)["results"]) == count


def test_a_query_ends_at_its_limit_and_says_so(http: httpx.Client, notion: NotionEmulator) -> None:
    notion.answers.queries.limit = 30
    first = query(http, page_size=20)
    assert "request_status" not in first
    second = query(http, page_size=20, start_cursor=first["next_cursor"])
    assert (len(second["results"]), second["has_more"]) == (10, False)
    assert second["request_status"]["incomplete_reason"] == "query_result_limit_reached"


def test_trashed_rows_come_only_when_they_are_asked_for(http: httpx.Client, workspace: Workspace) -> None:
    row = workspace.live("features")[0]
    workspace.trash(row.id)
    trashed = query(http, in_trash=True)["results"]
    assert [(page["id"], page["in_trash"]) for page in trashed] == [(row.id, True)]
    workspace.trash(row.id, back=True)
    assert not query(http, in_trash=True)["results"]


def test_a_request_needs_a_token_and_a_version(notion: NotionEmulator) -> None:
    assert httpx.get(f"{notion.url}/v1/users/me").status_code == 401
    answer = httpx.get(f"{notion.url}/v1/users/me", headers={"Authorization": f"Bearer {notion.token}"})
    assert answer.json()["code"] == "missing_version"


def test_too_many_requests_are_refused(http: httpx.Client, notion: NotionEmulator) -> None:
    notion.rate_limit = RateLimit(rate=0.01, burst=2)
    answers = [http.get("/users/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 100


def test_the_truth_is_complete_and_follows_the_workspace(notion: NotionEmulator, workspace: Workspace) -> None:
    many = next(row for row in workspace.live("features") if len(row.values["Gateways"]) > 25)
    public = many.id.replace("-", "")
    truth = notion.truth
    assert (len(truth["features"]), len(truth["tiers"])) == (250, 6)
    assert truth["features"][public]["gateway_count"] == len(many.values["Gateways"])
    assert sum(row["feature_count"] for row in truth["tiers"].values()) == 250
    assert truth["features"][public]["contact_mail"] is None
    gone = many.values["Gateways"][0]
    workspace.trash(gone)
    assert gone.replace("-", "") not in notion.truth["features"][public]["gateways"]


def test_two_workspaces_of_a_size_are_the_same() -> None:
    first, second = (NotionEmulator(make_workspace(40)).truth for _ in range(2))
    assert first == second
