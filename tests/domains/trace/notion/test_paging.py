"""Lists are complete, or say that they are not."""

from __future__ import annotations

import pytest

from domains.trace.notion.api import NotionApi
from domains.trace.notion.errors import CursorLost, Incomplete
from tests.domains.trace.notion.conftest import OLDEST_FIRST, MakeApi, all_rows
from tests.emulators.notion import NotionEmulator, Row, Workspace, data_source_id

FEATURES = data_source_id("features")


def sizes(notion: NotionEmulator) -> list[int]:
    """The page sizes that were asked for."""
    return [request.body["page_size"] for request in notion.came("/query")]


@pytest.mark.parametrize("kind", ["504", "hang"])
def test_pages_get_smaller_while_notion_is_slow_and_larger_again(
    kind: str, notion: NotionEmulator, make_api: MakeApi
) -> None:
    notion.faults.add(kind, times=2)
    assert len(all_rows(make_api(timeout_s=3), FEATURES)) == 230
    assert sizes(notion) == [100, 50, 25, 25, 50, 100, 100]


def test_pages_stay_large_after_failures_that_are_not_about_size(notion: NotionEmulator, api: NotionApi) -> None:
    notion.faults.add("503", times=3)
    all_rows(api, FEATURES)
    assert set(sizes(notion)) == {100}


def test_pages_never_get_smaller_than_five(notion: NotionEmulator, api: NotionApi) -> None:
    notion.faults.add("504", times=7)
    all_rows(api, FEATURES)
    assert min(sizes(notion)) == 5


def test_a_forgotten_cursor_is_told_and_never_taken_for_the_end(notion: NotionEmulator, api: NotionApi) -> None:
    notion.faults.add("cursor", after=1)
    batches: list[object] = []
    with pytest.raises(CursorLost):
        batches.extend(api.query(FEATURES, sorts=OLDEST_FIRST))
    assert len(batches) == 2


def test_more_rows_than_one_query_gives_are_told_after_the_last_batch(notion: NotionEmulator, api: NotionApi) -> None:
    notion.answers.queries.limit = 150
    rows = []
    with pytest.raises(Incomplete) as caught:
        for batch in api.query(FEATURES, sorts=OLDEST_FIRST):
            rows += batch
    assert len(rows) == 150
    assert caught.value.detail == "query_result_limit_reached"


@pytest.mark.parametrize("cursor", ["null", '""', "7"])
def test_more_without_a_way_there_is_a_lost_cursor(cursor: str, notion: NotionEmulator, api: NotionApi) -> None:
    body = f'{{"object": "list", "results": [], "has_more": true, "next_cursor": {cursor}}}'
    notion.faults.add("body", body=body.encode())
    with pytest.raises(CursorLost):
        all_rows(api, FEATURES)


def test_rows_that_are_no_pages_are_left_out(notion: NotionEmulator, api: NotionApi) -> None:
    body = (
        b'{"object":"list","results":[{"object":"data_source","id":"x"},{"object":"page","id":"y"}],"has_more":false}'
    )
    notion.faults.add("body", body=body)
    assert [row["id"] for row in all_rows(api, FEATURES)] == ["y"]


def test_a_filter_a_choice_of_properties_and_the_trash_are_asked_for(
    workspace: Workspace, notion: NotionEmulator, api: NotionApi
) -> None:
    victim = workspace.live("features")[0]
    workspace.trash(victim.id)
    since = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": "2026-11-20T09:00:00.000Z"}}
    assert not all_rows(api, FEATURES, filter=since)
    rows = all_rows(api, FEATURES, filter=since, in_trash=True, filter_properties=["title"])
    assert [row["id"] for row in rows] == [victim.id]
    assert list(rows[0]["properties"]) == ["Name"]


def test_properties_are_chosen_by_their_ids_as_notion_wrote_them(workspace: Workspace, api: NotionApi) -> None:
    encoded = workspace.schemas["features"]["Tags"]["id"]
    rows = all_rows(api, FEATURES, filter_properties=["title", encoded])
    assert {tuple(row["properties"]) for row in rows} == {("Name", "Tags")}


def test_every_request_names_the_version_of_the_api(notion: NotionEmulator, api: NotionApi) -> None:
    api.me()
    all_rows(api, FEATURES)
    assert {request.headers["Notion-Version"] for request in notion.requests} == {"2025-09-03"}


def cut_row(api: NotionApi, workspace: Workspace) -> tuple[Row, dict[str, object]]:
    """A feature with more than 25 gateways, and its page."""
    page = next(row for row in all_rows(api, FEATURES) if row["properties"]["Gateways"]["has_more"])
    return workspace.rows[page["id"]], page["properties"]


@pytest.mark.parametrize("name", ["Gateways", "Tags", "Depends on"])
def test_a_relation_that_was_cut_is_had_in_full(name: str, workspace: Workspace, api: NotionApi) -> None:
    row, page = cut_row(api, workspace)
    assert len(page[name]["relation"]) == 25  # type: ignore[index]
    items = list(api.property_items(row.id, page[name]["id"]))  # type: ignore[index]
    assert [item["relation"]["id"] for item in items] == row.values[name]


def test_a_long_relation_comes_in_several_pages(workspace: Workspace, notion: NotionEmulator, api: NotionApi) -> None:
    tier = workspace.live("tiers")[0]
    for row in workspace.live("features")[:220]:
        workspace.edit(row.id, Tier=[tier.id])
    property_id = workspace.schemas["tiers"]["Features"]["id"]
    expected = {row.id for row in workspace.live("features") if row.values["Tier"] == [tier.id]}
    notion.faults.add("503", match="/properties/", after=1)
    notion.faults.add("cursor", match="/properties/")
    items = list(api.property_items(tier.id, property_id))
    assert {item["relation"]["id"] for item in items} == expected
    assert len(items) == len(expected) >= 220


def test_people_and_mentions_beyond_25_are_had_in_full(workspace: Workspace, api: NotionApi) -> None:
    properties = workspace.schemas["features"]
    crowd = next(row for row in workspace.live("features") if len(row.values["Owner"]) > 25)
    people = list(api.property_items(crowd.id, properties["Owner"]["id"]))
    assert [item["people"]["name"] for item in people] == crowd.values["Owner"]
    talker = next(row for row in workspace.live("features") if isinstance(row.values["Summary"], list))
    words = list(api.property_items(talker.id, properties["Summary"]["id"]))
    assert len(words) == len(talker.values["Summary"]) > 25


def test_a_property_that_is_no_list_is_one_item(workspace: Workspace, api: NotionApi) -> None:
    row = workspace.live("features")[0]
    items = list(api.property_items(row.id, workspace.schemas["features"]["Area"]["id"]))
    assert [item["select"]["name"] for item in items] == [row.values["Area"]]


def test_content_comes_as_markdown_and_says_when_it_is_cut(
    workspace: Workspace, notion: NotionEmulator, api: NotionApi
) -> None:
    row = workspace.live("features")[0]
    row.content = "# Title\n\nText."
    assert api.markdown(row.id).text == "# Title\n\nText."
    assert not api.markdown(row.id).truncated
    notion.answers.cut_content.add(row.id)
    cut = api.markdown(row.id)
    assert cut.truncated
    assert len(cut.unknown_block_ids) == 1
