"""An incremental export reads what has changed, and finds everything that has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domains.base.errors import ValidationFailed
from domains.orchestration.models import RunLog
from domains.orchestration.start import run_now
from domains.trace import fetch_steps
from tests.domains.trace.notion_place import NotionPlace, notion_place
from tests.emulators.notion import make_workspace, spec

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionPlace]:
    """A Notion with 30 features, of which an export has published the first state."""
    with notion_place(make_workspace(30), tmp_path, settings, monkeypatch) as found:
        found.export()
        found.workspace.pass_minutes(5)
        yield found


def always_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the ids were last looked at long ago."""
    monkeypatch.setattr(fetch_steps, "SWEEP_EVERY", timedelta(0))


def test_what_was_edited_created_and_trashed_is_found(there: NotionPlace) -> None:
    first, second, third, *_ = there.workspace.live("features")
    there.workspace.edit(first.id, Name="Edited", Tier=[], Gateways=second.values["Gateways"])
    there.workspace.trash(second.id)
    there.workspace.create("features", Name="Created", Applications=["Nexus"], **{"Depends on": [third.id]})
    there.export()
    there.check()


@pytest.mark.parametrize("trash", ["ignored", "refused"])
def test_no_living_row_goes_where_notion_does_not_tell_its_trash(
    there: NotionPlace, monkeypatch: pytest.MonkeyPatch, trash: str
) -> None:
    there.notion.answers.queries.trash = trash
    first, second, *_ = there.workspace.live("features")
    there.workspace.edit(first.id, Name="Edited")
    there.workspace.trash(second.id)
    there.export()
    assert second.id.replace("-", "") in there.rows()["features"]
    always_sweep(monkeypatch)
    there.export()
    there.check()


def test_back_relations_and_rollups_change_though_their_rows_were_not_edited(there: NotionPlace) -> None:
    gateway = there.workspace.live("gateways")[0]
    feature = there.workspace.live("features")[4]
    there.workspace.edit(feature.id, Gateways=[*feature.values["Gateways"], gateway.id])
    edited = gateway.edited
    there.export()
    row = there.rows()["gateways"][gateway.id.replace("-", "")]
    assert feature.id.replace("-", "") in row["features"]
    assert gateway.edited == edited
    there.check()


def test_a_second_edit_in_the_same_minute_is_found(there: NotionPlace) -> None:
    row = there.workspace.live("features")[3]
    there.workspace.edit(row.id, Name="First")
    there.export()
    there.workspace.edit(row.id, Name="Second")
    there.export()
    assert there.rows()["features"][row.id.replace("-", "")]["name"] == "Second"


def test_what_went_without_a_trace_is_found_by_the_ids(there: NotionPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = there.workspace.live("features")
    there.workspace.vanish(rows[0].id)
    there.workspace.trash(rows[1].id)
    assert there.export()["changed"] is False
    always_sweep(monkeypatch)
    there.export()
    there.check()


def test_a_row_that_comes_with_an_old_edit_time_is_found_by_the_ids(
    there: NotionPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.workspace.put("features", 900, there.workspace.now - timedelta(days=200), {"Name": "Moved here"})
    there.workspace.edit(there.workspace.live("features")[2].id, silently=True, Name="Edited unseen")
    always_sweep(monkeypatch)
    there.export()
    assert "Moved here" in {row["name"] for row in there.rows()["features"].values()}
    there.export(full=True)
    there.check()


def test_a_full_export_finds_what_no_time_tells_of(there: NotionPlace) -> None:
    rows = there.workspace.live("features")
    there.workspace.vanish(rows[0].id)
    there.workspace.edit(rows[1].id, silently=True, Name="Unseen")
    there.export(full=True)
    there.check()


def test_a_renamed_property_keeps_its_key_for_readers(there: NotionPlace) -> None:
    before = there.rows()
    there.workspace.rename_property("features", "Documentation", "Read more")
    there.export()
    assert there.rows() == before
    assert RunLog.objects.filter(
        line__contains="Documentation is called Read more now; it stays documentation"
    ).exists()


def test_a_property_that_is_gone_stops_the_export_until_somebody_accepts_it(there: NotionPlace) -> None:
    files = there.place.published()
    there.workspace.remove_property("features", "Area")
    with pytest.raises(ValidationFailed, match="Features: the property Area is gone from Notion") as caught:
        there.export()
    assert caught.value.fields == {"features": ["the property Area is gone from Notion"]}
    assert there.place.published() == files
    run_now("trace", "check_connection")
    run_now("trace", "accept_schema", kind="features")
    there.export()
    assert all("area" not in row for row in there.rows()["features"].values())


def test_a_new_property_is_read_for_every_row(there: NotionPlace) -> None:
    there.workspace.add_property("tags", spec("tags", "Meaning", "rich_text"))
    there.workspace.add_property("tags", spec("tags", "Strange", "hologram"))
    there.workspace.edit(there.workspace.live("tags")[0].id, silently=True, Meaning="What it means")
    there.export()
    meanings = [row["meaning"] for row in there.rows()["tags"].values()]
    assert sorted(meanings)[-1] == "What it means"
    assert {row["strange"] for row in there.rows()["tags"].values()} == {None}


def test_edits_amid_the_paging_are_all_there_in_the_end(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with notion_place(make_workspace(350), tmp_path, settings, monkeypatch) as there:
        space, rows = there.workspace, there.workspace.live("features")
        changes = [
            lambda: space.edit(rows[0].id, Name="Edited amid"),
            lambda: space.trash(rows[1].id),
            lambda: space.edit(rows[300].id, Name="Also"),
            lambda: space.create("features", Name="Came amid", Applications=["Skyflow"]),
        ]
        for change in changes:
            there.notion.faults.add("call", match="/query", action=change)
        space.pass_minutes(3)
        there.export(full=True)
        there.check()


def test_more_rows_than_one_query_tells_are_all_read(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with notion_place(make_workspace(350), tmp_path, settings, monkeypatch) as there:
        there.notion.answers.queries.limit = 120
        there.export()
        there.check()
        there.workspace.pass_minutes(5)
        for row in there.workspace.live("features")[:200]:
            there.workspace.edit(row.id, Effort=7)
        there.export()
        there.check()


def test_an_export_that_cannot_be_whole_is_not_published(there: NotionPlace) -> None:
    files = there.place.published()
    there.notion.answers.queries.limit = 20
    for number in range(40):
        there.workspace.create("features", Name=f"Imported {number}", Applications=["Skyflow"])
    with pytest.raises(Exception, match="Notion does not tell all rows of features"):
        there.export()
    assert there.place.published() == files
