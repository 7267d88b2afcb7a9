"""The published files. Each publication is a folder that never changes; one link says which of them readers get.

<data root>/trace/versions/<folder>/features.json, features.json.gz, …, skyflow/features.json, …, fsm_index.json
<data root>/trace/current                -> versions/<folder>        swapped atomically: all kinds and applications
<data root>/features.json, …             -> trace/current/features.json
<data root>/skyflow/features.json, …     -> ../trace/current/skyflow/features.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from domains.base.errors import Conflict
from domains.trace import rules, storage
from domains.trace.rules import KINDS

INDEX = "fsm_index.json"


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One published document; `path` is relative to the folder of its publication."""

    application: str
    kind: str
    items: int
    body: bytes

    @property
    def path(self) -> str:
        """Such as skyflow/features.json."""
        return document_path(self.application, self.kind)


def document_path(application: str, kind: str) -> str:
    """Path of a document inside its publication's folder."""
    return f"{application}/{kind}.json" if application else f"{kind}.json"


def data_root() -> Path:
    """Folder of everything that is published."""
    return Path(settings.VAULT_DATA_ROOT)


def versions() -> Path:
    """Folder of the publications' folders."""
    return data_root() / "trace" / "versions"


def current_link() -> Path:
    """The link that says which publication readers get."""
    return data_root() / "trace" / "current"


def current_folder() -> str:
    """Name of the folder that readers get; "" before the first publication."""
    return os.path.basename(storage.target_of(current_link()))


def is_complete(folder: str) -> bool:
    """Whether a publication's folder is there. It gets its name once all its files are on the disk."""
    return bool(folder) and (versions() / folder / INDEX).is_file()


def write_version(folder: str, files: Sequence[StagedFile], index: Mapping[str, Any]) -> None:
    """Write a publication's folder: every document, its gzip beside it, and the index. Existing folders are kept.

    Raises Unavailable when the disk is full or may not be written; what was begun is removed then.
    """
    if is_complete(folder):
        return
    draft = versions() / f".{folder}"
    with storage.writing(data_root()):
        try:
            storage.remove_folder(draft)
            draft.mkdir(parents=True)
            for file in files:
                _write_document(draft / file.path, file.body)
            storage.write_file(draft / INDEX, json.dumps(index, indent=2, ensure_ascii=False).encode() + b"\n")
            for inner in {draft, *(draft / file.path for file in files)}:
                storage.sync_folder(inner if inner.is_dir() else inner.parent)
            draft.rename(versions() / folder)
            storage.sync_folder(versions())
        except OSError:
            storage.remove_folder(draft)
            raise


def _write_document(path: Path, body: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    storage.write_file(path, body)
    storage.write_file(path.with_name(path.name + ".gz"), rules.compress(body))


def index_file(file: StagedFile) -> dict[str, Any]:
    """What the index says about a document."""
    return {
        "path": file.path,
        "application": file.application or None,
        "kind": file.kind,
        "endpoint": rules.endpoint_of(file.application, file.kind),
        "total_items": file.items,
        "bytes": len(file.body),
        "sha256": rules.fingerprint(file.body),
    }


def read_index(folder: str) -> dict[str, Any]:
    """The index of a publication. Raises FileNotFoundError when it is gone or cannot be read."""
    try:
        index: dict[str, Any] = json.loads((versions() / folder / INDEX).read_bytes())
    except (OSError, ValueError) as error:
        raise FileNotFoundError(f"{folder} has no index that can be read") from error
    return index


def damaged(folder: str) -> list[str]:
    """Paths of a publication's documents that are missing or altered. Raises FileNotFoundError without its index."""
    return [file["path"] for file in read_index(folder)["files"] if not _is_intact(versions() / folder, file)]


def is_served(folder: str) -> bool:
    """Whether readers get this publication, and every file of it as it was written."""
    try:
        return current_folder() == folder and not damaged(folder)
    except FileNotFoundError:
        return False


def _is_intact(folder: Path, file: Mapping[str, Any]) -> bool:
    try:
        return bool(rules.fingerprint((folder / file["path"]).read_bytes()) == file["sha256"])
    except OSError:
        return False


def switch(*, expected: str, folder: str, applications: Iterable[str]) -> None:
    """Put `folder` before readers in one atomic step, provided that `expected` is there now, or `folder` already.

    Raises Conflict when something else was published meanwhile, Unavailable when the link cannot be written.
    """
    now = current_folder()
    if now not in (expected, folder):
        raise Conflict("Another export has published meanwhile. Run this one again.", detail=f"{now}, not {expected}")
    if not is_complete(folder):
        raise Conflict("The staged files are gone. Run the export again.", detail=folder)
    with storage.writing(data_root()):
        for application in ("", *applications):
            _link_documents(application)
        if now != folder:
            storage.point(current_link(), f"versions/{folder}")
        for application in _applications_of(expected) - set(applications):
            _unlink_documents(application)


def _link_documents(application: str) -> None:
    folder = data_root() / application
    folder.mkdir(exist_ok=True)
    up = "../" if application else ""
    names = [f"{kind}.json" for kind in KINDS] + ([] if application else [INDEX])
    for name in names:
        target = f"{up}trace/current/{application}/{name}" if application else f"trace/current/{name}"
        if storage.target_of(folder / name) != target:
            storage.point(folder / name, target)


def _applications_of(folder: str) -> set[str]:
    try:
        return set(read_index(folder)["applications"])
    except FileNotFoundError:
        return set()


def _unlink_documents(application: str) -> None:
    """Remove the links of an application that is not published any more; what others keep in its folder stays."""
    folder = data_root() / application
    for kind in KINDS:
        if storage.target_of(folder / f"{kind}.json"):
            (folder / f"{kind}.json").unlink()
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def switch_back(*, folder: str, former: str) -> None:
    """Undo `switch`: readers get `former` again, or nothing if there was nothing. Does nothing once undone."""
    if current_folder() != folder:
        return
    with storage.writing(data_root()):
        if former:
            storage.point(current_link(), f"versions/{former}")
        else:
            current_link().unlink()
            storage.sync_folder(current_link().parent)


def remove_version(folder: str) -> None:
    """Delete a publication's folder, unless readers get it. Does nothing when it is not there."""
    if folder and folder != current_folder():
        with storage.writing(data_root()):
            storage.remove_folder(versions() / folder)


def prune(keep: Collection[str]) -> list[str]:
    """Delete the folders of publications that nobody keeps, and drafts of runs that ended; their names."""
    kept = {*keep, current_folder()}
    with storage.writing(data_root()):
        gone = [path for path in versions().iterdir() if path.name not in kept]
        for path in gone:
            storage.remove_folder(path)
    return [path.name for path in gone]
