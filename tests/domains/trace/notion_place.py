"""Where a test's exports read from an emulated Notion."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from domains.orchestration.start import run_now
from domains.trace.notion import retry
from domains.trace.published import store
from tests.domains.trace.place import Place, make_place
from tests.emulators.notion import KINDS, NotionEmulator, Workspace, data_source_id

PACE = 2000.0
Rows = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class NotionPlace:
    """A place to export to, from a Notion."""

    place: Place
    notion: NotionEmulator

    @property
    def workspace(self) -> Workspace:
        """What Notion holds."""
        return self.notion.workspace

    def export(self, **args: Any) -> Any:
        """Export in this process; the run's result. What was asked before is forgotten."""
        self.notion.forget()
        return run_now("trace", "export", **args).result

    def rows(self, application: str = "") -> Rows:
        """What readers get, by kind and id."""
        folder = store.versions() / store.current_folder() / application
        found = {kind: json.loads((folder / f"{kind}.json").read_text())["data"] for kind in KINDS}
        return {kind: {row["id"]: row for row in rows} for kind, rows in found.items()}

    def check(self) -> None:
        """What readers get is what Notion holds."""
        assert_equal(self.rows(), self.notion.truth)


def assert_equal(rows: Rows, truth: Rows) -> None:
    """The rows say what the truth says, which knows no slugs and no addresses of files; relations have no order."""
    for kind in KINDS:
        assert rows[kind].keys() == truth[kind].keys(), kind
        for key, row in rows[kind].items():
            told = {name: comparable(row[name]) for name in truth[kind][key]}
            assert told == {name: comparable(value) for name, value in truth[kind][key].items()}, (kind, row["name"])


def comparable(value: Any) -> Any:
    """A list of texts without its order."""
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


def configure(settings: Any, notion: NotionEmulator, **more: Any) -> None:
    """Point Vault at the emulator."""
    values: dict[str, Any] = {f"NOTION_{kind.upper()}": data_source_id(kind) for kind in KINDS}
    values |= {"NOTION_TOKEN": SecretStr(notion.token), "NOTION_API_URL": notion.url}
    values |= {"NOTION_REQUESTS_PER_SECOND": PACE, "NOTION_CONTENT": []}
    settings.VAULT = settings.VAULT.model_copy(update=values | more)


@contextmanager
def notion_place(
    workspace: Workspace, tmp_path: Path, settings: Any, monkeypatch: Any, **more: Any
) -> Iterator[NotionPlace]:
    """A place whose source is a Notion that holds this workspace; pauses after failures are short."""
    monkeypatch.setattr(retry, "FIRST_S", 0.001)
    place = make_place(tmp_path, settings)
    with NotionEmulator(workspace) as notion:
        configure(settings, notion, **more)
        yield NotionPlace(place, notion)
