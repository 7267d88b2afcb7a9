"""Values that follow from other rows, schemas told by ids, and pages without what is new each time."""

from __future__ import annotations

from typing import Any

import pytest

from domains.trace import condense, schema
from domains.trace.derive import FUNCTIONS, Model, derive
from domains.trace.rules import KINDS, Related
from tests.domains.trace.workspaces import text
from tests.emulators.notion import data_source_id
from tests.emulators.notion.schema import schemas

SOURCES = {data_source_id(kind): kind for kind in KINDS}


def row(identity: str, **values: Any) -> dict[str, Any]:
    return {"id": identity, "name": identity.upper(), **values}


def model() -> Model:
    found = schemas()
    keys = {kind: schema.map_keys(found[kind], {}, {}).keys for kind in KINDS}
    return Model(found, keys, SOURCES)


def test_the_other_side_of_a_relation_and_its_count_follow_from_the_forward_side() -> None:
    features = [row("b", gateways=Related(["g"])), row("a", gateways=Related(["g", "h"])), row("c", gateways=Related())]
    rows = {"features": features, "gateways": [row("g", features=["?"]), row("h")], "tiers": [], "tags": []}
    derive(rows, model())
    assert [(g["id"], g["features"], g["feature_count"]) for g in rows["gateways"]] == [
        ("g", ["a", "b"], 2),
        ("h", ["a"], 1),
    ]
    assert [feature["gateway_count"] for feature in features] == [1, 2, 0]


@pytest.mark.parametrize(
    ("function", "values", "expected"),
    [
        ("count", [None, 1], 2),
        ("count_values", ["a", None, ["b", "c"], []], 3),
        ("unique", ["a", "b", "a", ["b", "c"]], 3),
        ("empty", ["", None, [], 0, "x"], 3),
        ("not_empty", ["", None, [], 0, "x"], 2),
        ("percent_empty", [None, 1], 0.5),
        ("percent_empty", [], None),
        ("checked", [True, False, None], 1),
        ("percent_checked", [True, False], 0.5),
        ("sum", [1, 2.5, None, True], 3.5),
        ("sum", [], 0),
        ("average", [1, 2], 1.5),
        ("average", [None], None),
        ("median", [1, 9, 2], 2),
        ("range", [4, 1], 3),
        ("max", [4, 1], 4),
        ("earliest_date", [{"start": "2026-02-01"}, None, {"start": "2026-01-01"}], "2026-01-01"),
        ("show_original", ["a", None], ["a", None]),
        ("show_unique", ["a", "a", "b"], ["a", "b"]),
    ],
)
def test_rollups_are_computed_as_notion_does(function: str, values: list[Any], expected: Any) -> None:
    found = FUNCTIONS[function](values)
    assert (found["start"] if isinstance(found, dict) else found) == expected


def test_of_two_sides_of_a_relation_one_is_kept() -> None:
    found = schemas()
    backs = {kind: schema.back_relations(found[kind], kind, SOURCES) for kind in KINDS}
    names = {kind: [schema.by_id(found[kind])[identity]["name"] for identity in backs[kind]] for kind in KINDS}
    assert (names["gateways"], names["tiers"], names["tags"]) == (["Features"], ["Features"], [])
    assert len(names["features"]) == 1
    assert names["features"][0] in {"Depends on", "Required by"}


def spec(identity: str, name: str, kind: str = "rich_text", **config: Any) -> dict[str, Any]:
    return {"id": identity, "name": name, "type": kind, kind: config}


def schema_of(*specs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in specs}


def test_keys_are_kept_by_id_and_made_unique() -> None:
    first = schema_of(spec("title", "Title", "title"), spec("a", "Due date"), spec("b", "Due-date"), spec("c", "ID"))
    keys = schema.map_keys(first, {}, {}).keys
    assert keys == {"title": "name", "a": "due_date", "b": "due_date_2", "c": "id_2"}
    second = schema_of(spec("title", "Name", "title"), spec("a", "Deadline"), spec("d", "Due date"))
    mapped = schema.map_keys(second, first, keys)
    assert mapped.keys == {"title": "name", "a": "due_date", "d": "due_date_2"}
    assert (mapped.renamed, mapped.gone) == ({"a": "Due date", "title": "Title"}, ["Due-date", "ID"])


def test_a_changed_option_or_type_is_a_change_and_a_new_name_is_none() -> None:
    before = schema_of(spec("a", "State", "select", options=[{"id": "1", "name": "On"}]))
    assert not schema.has_changed(schema_of({**before["State"], "name": "Status"}), before)
    assert schema.has_changed(schema_of(spec("a", "State", "select", options=[{"id": "1", "name": "Off"}])), before)
    assert schema.has_changed(schema_of(spec("a", "State")), before)
    assert schema.has_changed(schema_of(*before.values(), spec("b", "New")), before)


def page(**values: dict[str, Any]) -> dict[str, Any]:
    times = {"created_time": "2026-07-04T09:09:00.000Z", "last_edited_time": "2026-07-04T09:09:00.000Z"}
    properties = {name: {"id": f"%3A{name}", **value} for name, value in values.items()}
    return {"id": "AAAA-1", "cover": {"file": {"url": "https://x?X-Amz-1"}}, "properties": properties, **times}


def kept(url: str) -> dict[str, Any]:
    return {"type": "files", "files": [{"name": "a.png", "type": "file", "file": {"url": url, "expiry_time": url}}]}


def test_a_page_with_fresh_signatures_is_the_same_page() -> None:
    one = condense.condense(page(File=kept("https://host/a.png?X-Amz-Signature=1")), ())
    two = condense.condense(page(File=kept("https://host/a.png?X-Amz-Signature=2")), ())
    other = condense.condense(page(File=kept("https://host/b.png?X-Amz-Signature=2")), ())
    assert one.digest == two.digest != other.digest
    assert one.files == [
        condense.KeptFile("https://host/a.png", "https://host/a.png?X-Amz-Signature=1", "a.png", "%3AFile")
    ]
    assert "X-Amz" not in str(one.page)


def mentions(count: int) -> dict[str, Any]:
    return {"type": "rich_text", "rich_text": [{**text("x")[0], "mention": {"type": "page"}} for _ in range(count)]}


def test_what_notion_may_have_cut_is_noticed() -> None:
    people = [{"id": str(number), "name": "N"} for number in range(25)]
    found = condense.condense(
        page(
            Cut={"type": "relation", "relation": [], "has_more": True},
            Whole={"type": "relation", "relation": [], "has_more": False},
            Follows={"type": "relation", "relation": [], "has_more": True},
            People={"type": "people", "people": people},
            Few={"type": "people", "people": people[:24]},
            Text=mentions(25),
            Short=mentions(24),
            Odd={"type": "hologram", "hologram": {"a": 1}},
            Empty={"type": "select", "select": None},
        ),
        {"%3AFollows"},
    )
    assert found.cut == ["%3ACut", "%3APeople", "%3AText"]


def test_characters_that_no_database_stores_are_left_out() -> None:
    found = condense.condense(page(Name={"type": "title", "title": text("a\x00b \ud800 \U0001f600")}), ())
    assert found.page["properties"]["%3AName"]["title"] == [{"plain_text": "ab ? \U0001f600"}]
