"""How pages become public rows, and rows become documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domains.trace import properties, row_index, rules
from domains.trace.build import Audience, Built, build
from domains.trace.rules import KINDS
from tests.domains.trace.workspaces import feature, source, text, uid, value, workspace


def everything(row: Any) -> bool:
    return True


def audience(slug: str, name: str, **keep: Any) -> Audience:
    return Audience(slug, name, {kind: keep.get(kind, everything) for kind in KINDS})


BOTH = [audience("skyflow", "Skyflow"), audience("nexus", "Nexus")]


def rows_of(built: Built, application: str, kind: str) -> list[dict[str, Any]]:
    return next(
        json.loads(document.data)
        for document in built.documents
        if (document.application, document.kind) == (application, kind)
    )


def names(built: Built, application: str, kind: str = "features") -> list[str]:
    return [row["name"] for row in rows_of(built, application, kind)]


def bare(identity: str) -> str:
    return identity.replace("-", "")


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("title", [*text("Flow "), *text("builder")], "Flow builder"),
        ("rich_text", [], ""),
        ("number", 2.5, 2.5),
        ("select", None, None),
        ("select", {"name": "High"}, "High"),
        ("status", {"name": "Beta"}, "Beta"),
        ("multi_select", [{"name": "a"}, {"name": "b"}], ["a", "b"]),
        ("date", None, None),
        ("date", {"start": "2026-01-01", "end": None}, {"start": "2026-01-01", "end": None, "time_zone": None}),
        ("checkbox", False, False),
        ("url", "https://docs.example/", "https://docs.example/"),
        ("email", "maria@secret.example", None),
        ("phone_number", "+49 30 1234", None),
        ("unique_id", {"prefix": "FSM", "number": 12}, "FSM-12"),
        ("unique_id", {"prefix": None, "number": 12}, "12"),
        ("formula", {"type": "string", "string": "x"}, "x"),
        ("formula", {"type": "unsupported", "unsupported": {}}, None),
        ("rollup", {"type": "incomplete", "incomplete": {}}, None),
        ("rollup", {"type": "number", "number": 4}, 4),
        ("rollup", {"type": "array", "array": [value("number", 1), value("email", "a@b")]}, [1]),
        ("created_time", "2026-07-04T09:09:00.000Z", "2026-07-04T09:09:00.000Z"),
        ("created_by", {"name": "Maria", "person": {"email": "m@secret.example"}}, "Maria"),
        (
            "people",
            [{"name": "Maria", "person": {"email": "m@secret.example"}}, {"name": "m@secret.example"}],
            ["Maria"],
        ),
        ("relation", [{"id": uid("a")}], [bare(uid("a"))]),
        ("button", {}, None),
        ("place", {"lat": 1}, None),
    ],
)
def test_each_kind_of_value_becomes_plain_json(kind: str, content: Any, expected: Any) -> None:
    assert properties.flatten(value(kind, content)) == expected


def test_addresses_of_files_are_published_only_where_they_last() -> None:
    signed = {"name": "a.pdf", "type": "file", "file": {"url": "https://s3.example/a?X-Amz-Signature=1"}}
    copied = {"name": "b.pdf", "external": {"url": "https://s3.example/b?X-Amz-Signature=1"}}
    script = {"name": "c", "external": {"url": "javascript:alert(1)"}}
    lasting = {"name": "d.mp4", "external": {"url": "https://media.example/d.mp4"}}
    found = properties.flatten(value("files", [signed, copied, script, lasting]))
    assert [item["url"] for item in found] == [None, None, None, "https://media.example/d.mp4"]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Target date", "target_date"),
        ("Qualität (neu)", "qualitat_neu"),
        ("状态", "状态"),
        ("A/B  test", "a_b_test"),
        ("!!", ""),
    ],
)
def test_property_names_become_keys(name: str, key: str) -> None:
    assert rules.snake_case(name) == key


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Kudos from Slack", "kudos-from-slack"), ("Café 2.0!", "cafe-2-0"), ("日本", ""), ("a" * 300, "a" * 100)],
)
def test_names_become_slugs(name: str, slug: str) -> None:
    assert rules.slug_of(name) == slug


def test_a_row_begins_with_id_slug_and_name_and_has_every_property() -> None:
    built = build(workspace(feature("Flow builder", summary="Draw it.")), BOTH)
    assert rows_of(built, "", "features") == [
        {
            "id": bare(uid("Features", "Flow builder")),
            "slug": "flow-builder",
            "name": "Flow builder",
            "applications": ["skyflow"],
            "depends_on": [],
            "gateways": [bare(uid("Gateways", "Web"))],
            "owner": ["Maria"],
            "status": "Shipped",
            "summary": "Draw it.",
            "tags": [bare(uid("Tags", "Boards"))],
            "tier": [bare(uid("Tiers", "Free"))],
        }
    ]


def test_a_name_without_letters_gets_its_id_as_slug() -> None:
    assert rows_of(build(workspace(feature("日本")), BOTH), "", "features")[0]["slug"] == bare(uid("Features", "日本"))


def test_the_property_slug_wins_over_the_name() -> None:
    built = build(workspace(feature("Flow builder", Slug=value("rich_text", text("Flows!")))), BOTH)
    assert rows_of(built, "", "features")[0]["slug"] == "flows"


def test_each_application_gets_its_own_rows_and_those_of_nobody_are_in_none() -> None:
    document = workspace(
        feature("Both", ("Skyflow", "Nexus")), feature("Sky"), feature("Nex", ("nexus",)), feature("Idea", ())
    )
    built = build(document, BOTH)
    assert names(built, "skyflow") == ["Both", "Sky"]
    assert names(built, "nexus") == ["Both", "Nex"]
    assert names(built, "") == ["Both", "Idea", "Nex", "Sky"]


def test_an_application_is_found_by_its_name_too() -> None:
    built = build(workspace(feature("One", ("Sky Flow Pro",))), [audience("skyflow", "Sky Flow Pro")])
    assert names(built, "skyflow") == ["One"]


def test_an_application_that_nobody_knows_is_noted() -> None:
    assert (
        "Rows name the application orbit, which Vault does not publish."
        in build(workspace(feature("One", ("Orbit",))), BOTH).notes
    )


def test_filters_leave_rows_out_of_one_application_only() -> None:
    shipped = audience("skyflow", "Skyflow", features=rules.is_launched)
    document = workspace(feature("Now"), feature("Later", status="Planned"))
    built = build(document, [shipped])
    assert names(built, "skyflow") == ["Now"]
    assert names(built, "") == ["Later", "Now"]


def test_every_id_that_a_reader_meets_is_in_the_same_application() -> None:
    document = workspace(
        feature("Sky", gateways=("Web", "Phone"), depends=("Nex",)),
        feature("Nex", ("Nexus",), gateways=("Web", "Phone")),
    )
    built = build(document, BOTH)
    for application in ("", "skyflow", "nexus"):
        known = {row["id"] for kind in KINDS for row in rows_of(built, application, kind)}
        for row in rows_of(built, application, "features"):
            assert {*row["gateways"], *row["tags"], *row["tier"], *row["depends_on"]} <= known
    assert rows_of(built, "nexus", "features")[0]["gateways"] == [bare(uid("Gateways", "Web"))]


def test_kinds_of_values_that_are_not_carried_are_noted_once() -> None:
    document = workspace(*[feature(n, Place=value("place", {}), Mail=value("email", "a@b")) for n in ("One", "Two")])
    notes = [note for note in build(document, BOTH).notes if "null" in note]
    assert notes == [
        "features, property Place: values of the type place are not known to Vault and published as null.",
        "features, property Mail: values of the type email are private and published as null.",
    ]


def test_pages_in_the_trash_and_other_data_sources_are_left_out_with_a_note() -> None:
    document = workspace(feature("One"), feature("Gone"))
    document["data_sources"][0]["pages"][1]["in_trash"] = True
    document["data_sources"].append(source("Roadmap", [feature("X")]))
    built = build(document, BOTH)
    assert names(built, "") == ["One"]
    assert "1 features are in the trash and were left out." in built.notes
    assert any(note.startswith("The data source Roadmap") for note in built.notes)


def test_equal_content_in_another_order_gives_equal_bytes() -> None:
    one = build(workspace(feature("A"), feature("B")), BOTH)
    two = build(workspace(feature("B"), feature("A")), list(reversed(BOTH)))
    assert one.digest == two.digest
    assert {d.sha256 for d in one.documents} == {d.sha256 for d in two.documents}


def test_a_later_edit_time_alone_changes_nothing_and_a_word_does() -> None:
    document = workspace(feature("A"))
    before = build(document, BOTH).digest
    document["data_sources"][0]["pages"][0]["last_edited_time"] = "2026-08-01T00:00:00.000Z"
    assert build(document, BOTH).digest == before
    assert build(workspace(feature("A", summary="Other.")), BOTH).digest != before


def test_changes_are_counted_row_by_row() -> None:
    before = row_index.index_of(b'[{"id":"a","n":1},{"id":"b","n":1},{"id":"c","n":1}]')
    after = row_index.index_of(b'[{"id":"b","n":2},{"id":"c","n":1},{"id":"d","n":1},{"id":"e","n":1}]')
    assert row_index.compare(before, after) == rules.Changes(added=2, changed=1, removed=1)
