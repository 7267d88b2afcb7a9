"""Where a test's exports read and write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domains.applications import reads as applications
from domains.applications.demo import load_demo
from domains.orchestration.start import run_now
from domains.trace.published import store
from tests.domains.trace import workspaces


@dataclass(frozen=True)
class Place:
    """The workspace file and the folder of what is published."""

    workspace: Path
    root: Path

    def save(self, document: Any) -> None:
        """Replace the workspace."""
        workspaces.save(self.workspace, document)

    def export(self) -> Any:
        """Export in this process; the run's result."""
        return run_now("trace", "export").result

    def published(self) -> dict[str, bytes]:
        """Every file that readers get, by path."""
        folder = store.versions() / store.current_folder()
        files = sorted(folder.rglob("*")) if store.current_folder() else []
        return {str(path.relative_to(folder)): path.read_bytes() for path in files if path.is_file()}

    def leftovers(self) -> list[str]:
        """What failed runs have left behind: working folders, drafts, versions that nobody reads."""
        works = [*(self.workspace.parent / "trace").glob("*")]
        versions = [p for p in store.versions().glob("*") if p.name != store.current_folder()]
        return [path.name for path in [*works, *versions]]


def make_place(tmp_path: Path, settings: Any) -> Place:
    """Point the settings at folders of this test and register the demo applications."""
    place = Place(tmp_path / "workspace.json", tmp_path / "data")
    settings.VAULT_HOME = tmp_path
    settings.VAULT_DATA_ROOT = place.root
    settings.VAULT = settings.VAULT.model_copy(update={"TRACE_WORKSPACE": place.workspace})
    place.save(workspaces.workspace())
    applications.forget_applications()
    load_demo()
    return place
