"""The published files. Each publication is a folder that never changes; one link says which of them readers get.

<data root>/trace/versions/<folder>/features.json, features.json.gz, features.json.br, …, skyflow/features.json, …
<data root>/trace/versions/<folder>/fsm_index.json
<data root>/trace/current                -> versions/<folder>        swapped atomically: all kinds and applications
<data root>/features.json, …             -> trace/current/features.json
<data root>/skyflow/features.json, …     -> ../trace/current/skyflow/features.json
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from domains.trace import rules, storage
from domains.trace.rules import KINDS

INDEX = "fsm_index.json"
COMPRESSED = {".gz": rules.compress, ".br": rules.compress_more}
ENCODINGS = {"gzip": ".gz", "br": ".br"}
"""The ending of the file that holds a document in this coding."""
ROWS = ".rows"
"""The ending of the file that says where each row is in its document, by slug."""


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One published document; `path` is relative to the folder of its publication.

    `slugs` are offset and length of its rows by slug, where single ones can be asked for.
    """

    application: str
    kind: str
    items: int
    body: bytes
    slugs: Mapping[str, Sequence[int]] | None = None

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


def lock() -> AbstractContextManager[None]:
    """Only one process of this machine at a time writes, shows and clears away publications."""
    return storage.locked(data_root(), "trace/.lock")


def write_version(folder: str, files: Iterable[StagedFile], about: Mapping[str, Any]) -> int:
    """Write a publication's folder: each document, its compressed forms beside it, and the index, which says `about`
    and what the files are; how many files. A folder that is there is kept as it is.

    Raises Unavailable when the disk is full or may not be written; what was begun is removed then.
    """
    if is_complete(folder):
        return len(read_index(folder)["files"])
    draft = versions() / f".{folder}"
    with storage.writing(data_root()):
        try:
            storage.remove_folder(draft)
            draft.mkdir(parents=True)
            listed = [_write_document(draft, file) for file in files]
            index = {**about, "files": listed}
            storage.write_file(draft / INDEX, json.dumps(index, indent=2, ensure_ascii=False).encode() + b"\n")
            for inner in {draft, *((draft / file["path"]).parent for file in listed)}:
                storage.sync_folder(inner)
            storage.remove_folder(versions() / folder)
            draft.rename(versions() / folder)
            storage.sync_folder(versions())
        except OSError:
            storage.remove_folder(draft)
            raise
    return len(listed)


def _write_document(draft: Path, file: StagedFile) -> dict[str, Any]:
    path = draft / file.path
    path.parent.mkdir(exist_ok=True)
    storage.write_file(path, file.body)
    for ending, compress in COMPRESSED.items():
        storage.write_file(path.with_name(path.name + ending), compress(file.body))
    if file.slugs is not None:
        storage.write_file(path.with_name(path.name + ROWS), rules.canonical(file.slugs))
    return index_file(file)


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


def show(folder: str, applications: Collection[str]) -> None:
    """Put a publication before the readers of this machine in one atomic step.

    Raises Unavailable when the link cannot be written.
    """
    former = current_folder()
    with storage.writing(data_root()):
        for application in ("", *applications):
            _link_documents(application)
        if former != folder:
            storage.point(current_link(), f"versions/{folder}")
        for application in _applications_of(former) - set(applications):
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


def remove_version(folder: str) -> None:
    """Delete a publication's folder, unless readers get it. Does nothing when it is not there."""
    if folder and folder != current_folder():
        with storage.writing(data_root()):
            storage.remove_folder(versions() / folder)


def prune(keep: Collection[str]) -> list[str]:
    """Delete the folders of publications that nobody keeps, and drafts that were begun and left; their names."""
    kept = {*keep, current_folder()}
    with storage.writing(data_root()):
        gone = [path for path in versions().iterdir() if path.name not in kept]
        for path in gone:
            storage.remove_folder(path)
    return [path.name for path in gone]
