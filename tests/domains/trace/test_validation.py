"""Every fault of a workspace is named with its path in the file, all of them in one go."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from domains.base.errors import ValidationFailed
from domains.trace import workspace as workspaces_of
from tests.domains.trace.workspaces import feature, options, page, relation, text, uid, value, workspace

Change = Callable[[dict[str, Any]], object]


def faults_of(document: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationFailed) as caught:
        workspaces_of.check(document)
    return caught.value.fields


def changed(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(workspace())
    change(document)
    return document


def properties_of(document: dict[str, Any], number: int = 1) -> dict[str, Any]:
    properties: dict[str, Any] = document["data_sources"][0]["pages"][number]["properties"]
    return properties


PAGE = "data_sources[0].pages[1]"
CASES: list[tuple[str, str, Change]] = [
    ("data_sources", "expected a list", lambda d: d.update(data_sources={})),
    ("data_sources", "none has the title Tags", lambda d: d["data_sources"].pop()),
    ("data_sources[2]", "expected an object", lambda d: d["data_sources"].__setitem__(2, "tiers")),
    ("data_sources[1].id", "expected a UUID", lambda d: d["data_sources"][1].update(id="42")),
    ("data_sources[1].pages", "expected a list", lambda d: d["data_sources"][1].pop("pages")),
    ("data_sources[1].title", "expected a list", lambda d: d["data_sources"][1].update(title="Gateways")),
    ("data_sources[3].title", "has the title Tiers", lambda d: d["data_sources"][3].update(title=text("Tiers"))),
    (PAGE, "expected an object", lambda d: d["data_sources"][0]["pages"].__setitem__(1, None)),
    (f"{PAGE}.id", "expected a UUID", lambda d: d["data_sources"][0]["pages"][1].update(id=None)),
    (f"{PAGE}.last_edited_time", "expected a time", lambda d: d["data_sources"][0]["pages"][1].pop("last_edited_time")),
    (f"{PAGE}.properties", "expected an object", lambda d: d["data_sources"][0]["pages"][1].update(properties=[])),
    (f"{PAGE}.properties.Status", "expected a property value", lambda d: properties_of(d).pop("Status")),
    (f"{PAGE}.properties.Colour", "not among the properties", lambda d: properties_of(d).update(Colour=options())),
    (f"{PAGE}.properties.Status", "says “status”", lambda d: properties_of(d).update(Status=value("select", None))),
    (f"{PAGE}.properties.Status.status", "found a number", lambda d: properties_of(d)["Status"].update(status=7)),
    (f"{PAGE}.properties.Status.status.name", "found nothing", lambda d: properties_of(d)["Status"].update(status={})),
    (f"{PAGE}.properties.Status", "has no status", lambda d: properties_of(d)["Status"].pop("status")),
    (f"{PAGE}.properties.Name.title", "is empty", lambda d: properties_of(d)["Name"].update(title=[])),
    (
        f"{PAGE}.properties.Name.title[0].plain_text",
        "a text",
        lambda d: properties_of(d)["Name"]["title"][0].pop("plain_text"),
    ),
    (
        f"{PAGE}.properties.Summary.rich_text[0].plain_text",
        "cannot be stored",
        lambda d: properties_of(d).update(Summary=value("rich_text", text("a\x00b"))),
    ),
    (
        f"{PAGE}.properties.Owner.people[0].name",
        "found a number",
        lambda d: properties_of(d)["Owner"]["people"][0].update(name=5),
    ),
    (
        f"{PAGE}.properties.Tier.relation[0].id",
        "the id of a page",
        lambda d: properties_of(d)["Tier"]["relation"].__setitem__(0, {"id": "team"}),
    ),
    (f"{PAGE}.properties.Tier.has_more", "was cut", lambda d: properties_of(d)["Tier"].update(has_more=True)),
    (
        f"{PAGE}.properties.Tier.relation[0]",
        "there is no page",
        lambda d: properties_of(d).update(Tier=relation("Tiers", "Gold")),
    ),
    (
        f"{PAGE}.properties.Tier.relation[0]",
        "in another data source",
        lambda d: properties_of(d).update(Tier=relation("Tags", "Boards")),
    ),
    (PAGE, "has the slug live-boards", lambda d: properties_of(d)["Name"].update(title=text("Live  Boards!"))),
    (
        f"{PAGE}.id",
        "is the id of data_sources[0].pages[0]",
        lambda d: d["data_sources"][0]["pages"][1].update(id=uid("Features", "Live boards")),
    ),
    (
        "data_sources[3].properties",
        "needs a property Applications",
        lambda d: (
            [p["properties"].pop("Applications") for p in d["data_sources"][3]["pages"]]
            and d["data_sources"][3]["properties"].pop("Applications")
        ),
    ),
    (
        "data_sources[3].properties.title",
        "would be published as name",
        lambda d: d["data_sources"][3]["properties"].update({"title": {"type": "title"}, "Name": {"type": "title"}}),
    ),
    (
        'data_sources[3].properties["!!"]',
        "no letter or digit",
        lambda d: d["data_sources"][3]["properties"].update({"!!": {"type": "number"}}),
    ),
    (
        "data_sources[3].properties.ID",
        "rename it",
        lambda d: d["data_sources"][3]["properties"].update({"ID": {"type": "unique_id"}}),
    ),
]


@pytest.mark.parametrize(("path", "words", "change"), CASES, ids=[f"{path}: {words}" for path, words, _ in CASES])
def test_a_fault_is_named_with_its_path(path: str, words: str, change: Change) -> None:
    faults = faults_of(changed(change))
    assert any(words in fault for fault in faults.get(path, [])), faults


@pytest.mark.parametrize(
    ("kind", "content", "path"),
    [
        ("number", "7", "number"),
        ("number", float("inf"), "number"),
        ("number", True, "number"),
        ("checkbox", 1, "checkbox"),
        ("url", 4, "url"),
        ("select", [], "select"),
        ("multi_select", [{"name": " "}], "multi_select[0].name"),
        ("multi_select", None, "multi_select"),
        ("date", {"start": "soon"}, "date.start"),
        ("date", {"start": "2026-01-01", "end": 4}, "date.end"),
        ("people", ["maria"], "people[0]"),
        ("files", [{"name": "a", "external": {"url": 4}}], "files[0].external.url"),
        ("created_time", None, "created_time"),
        ("unique_id", {"prefix": 1, "number": 2}, "unique_id.prefix"),
        ("formula", {"type": "number", "number": "x"}, "formula.number"),
        ("formula", {"type": 4}, "formula.type"),
        ("rollup", {"type": "array", "array": [{"type": "number", "number": "x"}]}, "rollup.array[0].number"),
        ("created_by", "maria", "created_by"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(kind: str, content: Any, path: str) -> None:
    faults = faults_of(workspace(feature("One", Extra=value(kind, content))))
    assert list(faults) == [f"data_sources[0].pages[0].properties.Extra.{path}"], faults


def test_a_property_with_spaces_is_quoted_in_the_path() -> None:
    faults = faults_of(workspace(feature("One", ("Skyflow",), **{"Target date": value("date", 4)})))
    assert list(faults) == ['data_sources[0].pages[0].properties["Target date"].date']


def test_all_faults_are_reported_at_once() -> None:
    def break_three(document: dict[str, Any]) -> None:
        properties_of(document, 0)["Status"]["status"] = 4
        properties_of(document, 2)["Owner"]["people"] = {}
        document["data_sources"][3]["pages"][0]["id"] = ""

    faults = faults_of(changed(break_three))
    assert list(faults) == [
        "data_sources[0].pages[0].properties.Status.status",
        "data_sources[0].pages[2].properties.Owner.people",
        "data_sources[3].pages[0].id",
    ]


def test_many_faults_are_counted_and_the_first_fifty_shown() -> None:
    document = workspace(*[feature(f"Feature {n}", status="") for n in range(72)])
    with pytest.raises(ValidationFailed) as caught:
        workspaces_of.check(document)
    assert caught.value.message == "The workspace file has 72 faults, so nothing was published."
    assert caught.value.fields[""] == ["and 22 more"]
    assert len(caught.value.fields) == 51


def test_pages_in_the_trash_do_not_take_names() -> None:
    document = workspace(feature("One"), feature("Two"))
    document["data_sources"][0]["pages"][1] |= {"in_trash": True}
    document["data_sources"][0]["pages"][1]["properties"]["Name"]["title"] = text("One")
    workspaces_of.check(document)


def test_kinds_of_values_that_nobody_knows_yet_are_let_through() -> None:
    workspaces_of.check(workspace(feature("One", Place=value("place", {"lat": 1}), Button=value("button", {}))))


def test_a_sound_workspace_passes() -> None:
    workspaces_of.check(workspace())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "line 1, column 1"),
        (b'{"data_sources": [\n{]}', "line 2, column 2"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": "\xff\xfe"}', "not UTF-8: byte 7"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"data_sources": [], "data_sources": []}', "the key “data_sources” twice in one object"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
    ],
    ids=["empty", "cut", "NaN", "latin-1", "deep", "key twice", "long number"],
)
def test_what_is_no_json_is_refused_with_its_place(raw: bytes, words: str) -> None:
    with pytest.raises(ValidationFailed, match=words):
        workspaces_of.parse(raw)


@pytest.mark.parametrize("document", [None, [], "x", 4, True])
def test_json_that_is_no_object_is_refused(document: Any) -> None:
    assert "expected an object with data_sources" in faults_of(document)["the file"][0]


def test_a_page_factory_that_lies_is_found_out() -> None:
    """Guards the tests above: the sound page is sound because it is, not because nothing is checked."""
    broken = page("Tags", "Broken")
    broken["properties"]["Applications"] = options("Skyflow")["multi_select"]
    document = workspace()
    document["data_sources"][3]["pages"].append(broken)
    assert list(faults_of(document)) == ["data_sources[3].pages[2].properties.Applications"]
