"""Whatever Notion does, an export ends complete and equal to what Notion holds, or is not published and says why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domains.base.errors import VaultError
from domains.orchestration.models import Run
from domains.trace.notion import api
from domains.trace.published import store
from tests.domains.trace.notion_place import NotionPlace, notion_place
from tests.emulators.notion import Request, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionPlace]:
    """A Notion with 110 features, of which an export has published the first state."""
    monkeypatch.setattr(api, "TIMEOUT_S", 0.4)
    with notion_place(make_workspace(110), tmp_path, settings, monkeypatch) as found:
        found.export()
        change(found)
        yield found


def change(there: NotionPlace) -> None:
    """Another state: something edited, added and moved to the trash."""
    there.workspace.pass_minutes(5)
    first, second, *_ = there.workspace.live("features")
    there.workspace.edit(first.id, Name="Edited", Status="Beta")
    there.workspace.trash(second.id)
    there.workspace.create("features", Name="Created", Applications=["Skyflow"], Gateways=first.values["Gateways"])


def watched(there: NotionPlace, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The publications that readers were given at any request to Notion, as a set that grows."""
    seen: set[str] = set()
    note = there.notion.note

    def noting(request: Request) -> None:
        seen.add(store.current_folder())
        note(request)

    monkeypatch.setattr(there.notion, "note", noting)
    return seen


PASSING: dict[str, list[dict[str, Any]]] = {
    "429 with seconds": [{"kind": "429", "retry_after": "1", "times": 2}],
    "429 with a half": [{"kind": "429", "retry_after": "1.5"}],
    "429 without": [{"kind": "429", "times": 3}],
    "500": [{"kind": "500", "times": 3}],
    "502 as HTML": [{"kind": "502", "times": 3}],
    "503": [{"kind": "503", "times": 3}],
    "504": [{"kind": "504", "times": 3}],
    "409": [{"kind": "409", "times": 3}],
    "529": [{"kind": "529", "times": 3}],
    "hang": [{"kind": "hang", "seconds": 3}],
    "reset": [{"kind": "reset", "times": 2}],
    "cut body": [{"kind": "cut", "times": 2}],
    "empty body": [{"kind": "empty", "times": 2}],
    "broken JSON": [{"kind": "broken", "times": 2}],
    "lost cursor": [{"kind": "cursor", "times": 2}],
    "lost cursors": [{"kind": "cursor", "times": None}],
    "schemas": [{"kind": "503", "match": "GET /v1/data_sources", "times": 3}],
    "long lists": [{"kind": "500", "match": "/properties/", "times": 4}, {"kind": "cut", "match": "/properties/"}],
    "files": [{"kind": "503", "match": "/files/", "times": 2}, {"kind": "reset", "match": "/files/", "times": 2}],
    "everything at once": [
        {"kind": kind, "match": "/v1/", "times": 2, "after": after}
        for after, kind in enumerate(["500", "502", "503", "504", "reset", "cut", "broken", "cursor", "429"])
    ],
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_waited_for(there: NotionPlace, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ends_complete(there, PASSING[name], True, monkeypatch)


def test_what_passes_is_waited_for_by_an_incremental_export_too(
    there: NotionPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_complete(there, PASSING["everything at once"], False, monkeypatch)


def ends_complete(
    there: NotionPlace, faults: list[dict[str, Any]], full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, seen = store.current_folder(), watched(there, monkeypatch)
    for fault in faults:
        there.notion.faults.add(**fault)
    assert there.export(full=full)["changed"] is True
    there.check()
    assert seen == {before}
    assert store.current_folder() != before


LASTING: dict[str, tuple[str, dict[str, Any]]] = {
    "500": ("Notion answered 500", {"kind": "500", "times": None}),
    "502 as HTML": ("Notion answered 502", {"kind": "502", "times": None}),
    "hang": ("Notion", {"kind": "hang", "times": None, "seconds": 3}),
    "broken JSON": ("Notion", {"kind": "broken", "times": None}),
    "401": ("token", {"kind": "401", "match": "/v1/", "times": None}),
    "403": ("Notion", {"kind": "403", "times": None}),
    "400": ("Notion", {"kind": "400", "times": None}),
    "long lists": ("Notion answered 503", {"kind": "503", "match": "/properties/", "times": None}),
}


@pytest.mark.parametrize(("words", "fault"), LASTING.values(), ids=list(LASTING))
def test_what_lasts_ends_the_run_with_words_and_readers_keep_what_they_have(
    there: NotionPlace, words: str, fault: dict[str, Any]
) -> None:
    before, files = store.current_folder(), there.place.published()
    row = next(row for row in there.workspace.live("features") if len(row.values["Gateways"]) > 25)
    there.workspace.edit(row.id, Name="With a long list")
    there.notion.faults.add(**fault)
    with pytest.raises(VaultError, match=words):
        there.export(full=True)
    run = Run.objects.latest("id")
    assert (run.state, run.error and words in run.error["message"]) == ("rolled_back", True)
    assert (store.current_folder(), there.place.published()) == (before, files)
    there.notion.faults.clear()
    there.export()
    there.check()


def test_a_database_that_is_no_longer_shared_stops_the_export(there: NotionPlace) -> None:
    files = there.place.published()
    there.workspace.unshared.add("gateways")
    with pytest.raises(VaultError, match="shared"):
        there.export()
    assert there.place.published() == files
