"""The published files of one service. Each publication is a folder that never changes; one link says which of them
readers get.

<data root>/<service>/versions/<folder>/features.json, .gz and .br beside it, …, skyflow/features.json, …
<data root>/<service>/versions/<folder>/<index>
<data root>/<service>/current  -> versions/<folder>        swapped atomically: all documents of all applications
<data root>/features.json, …   -> <service>/current/features.json
<data root>/skyflow/…          -> ../<service>/current/skyflow/…
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from domains.publishing import storage
from domains.publishing.documents import compress, compress_more, fingerprint

COMPRESSED = {".gz": compress, ".br": compress_more}
ENCODINGS = {"gzip": ".gz", "br": ".br"}
"""The ending of the file that holds a document in this coding."""


def data_root() -> Path:
    """Folder of everything that is published."""
    return Path(settings.VAULT_DATA_ROOT)


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One published document, read at the address `endpoint`. `kind` is what the API log calls it, `name` the name of
    its file when that is another; `beside` are more files, by the ending that follows its own.
    """

    application: str
    kind: str
    endpoint: str
    items: int
    body: bytes
    name: str = ""
    beside: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where it is in the folder of its publication, such as skyflow/features.json."""
        file = f"{self.name or self.kind}.json"
        return f"{self.application}/{file}" if self.application else file


def index_file(file: StagedFile) -> dict[str, Any]:
    """What the index says about a document."""
    return {
        "path": file.path,
        "application": file.application or None,
        "kind": file.kind,
        "endpoint": file.endpoint,
        "total_items": file.items,
        "bytes": len(file.body),
        "sha256": fingerprint(file.body),
    }


@dataclass(frozen=True)
class Store:
    """The publications of a service. `index` is the name of the file that lists the documents; `is_linked` says of
    which kinds there are links in the data root and in the applications' folders, beside those of other services.
    """

    service: str
    index: str
    is_linked: Callable[[str], bool]

    def versions(self) -> Path:
        """Folder of the publications' folders."""
        return data_root() / self.service / "versions"

    def current_link(self) -> Path:
        """The link that says which publication readers get."""
        return data_root() / self.service / "current"

    def current_folder(self) -> str:
        """Name of the folder that readers get; "" before the first publication."""
        return os.path.basename(storage.target_of(self.current_link()))

    def is_complete(self, folder: str) -> bool:
        """Whether a publication's folder is there. It gets its name once all its files are on the disk."""
        return bool(folder) and (self.versions() / folder / self.index).is_file()

    def lock(self) -> AbstractContextManager[None]:
        """Only one process of this machine at a time writes, shows and clears away publications."""
        return storage.locked(data_root(), f"{self.service}/.lock")

    def write_version(self, folder: str, files: Iterable[StagedFile], about: Mapping[str, Any]) -> int:
        """Write a publication's folder: each document, its compressed forms beside it, and the index, which says
        `about` and what the files are; how many files. A folder that is there is kept as it is.

        Raises Unavailable when the disk is full or may not be written; what was begun is removed then.
        """
        if self.is_complete(folder):
            return len(self.read_index(folder)["files"])
        draft = self.versions() / f".{folder}"
        with storage.writing(data_root()):
            try:
                storage.remove_folder(draft)
                draft.mkdir(parents=True)
                listed = [_write_document(draft, file) for file in files]
                index = {**about, "files": listed}
                storage.write_file(draft / self.index, json.dumps(index, indent=2, ensure_ascii=False).encode() + b"\n")
                for inner in {draft, *((draft / file["path"]).parent for file in listed)}:
                    storage.sync_folder(inner)
                storage.remove_folder(self.versions() / folder)
                draft.rename(self.versions() / folder)
                storage.sync_folder(self.versions())
            except OSError:
                storage.remove_folder(draft)
                raise
        return len(listed)

    def read_index(self, folder: str) -> dict[str, Any]:
        """The index of a publication. Raises FileNotFoundError when it is gone or cannot be read."""
        try:
            index: dict[str, Any] = json.loads((self.versions() / folder / self.index).read_bytes())
        except (OSError, ValueError) as error:
            raise FileNotFoundError(f"{folder} has no index that can be read") from error
        return index

    def damaged(self, folder: str) -> list[str]:
        """Paths of the documents that are missing or altered. Raises FileNotFoundError without the index."""
        files = self.read_index(folder)["files"]
        return [file["path"] for file in files if not _is_intact(self.versions() / folder, file)]

    def is_served(self, folder: str) -> bool:
        """Whether readers get this publication, and every file of it as it was written."""
        try:
            return self.current_folder() == folder and not self.damaged(folder)
        except FileNotFoundError:
            return False

    def show(self, folder: str) -> None:
        """Put a publication before the readers of this machine in one atomic step.

        Raises Unavailable when a link cannot be written, and FileNotFoundError without the publication's index.
        """
        former = self.current_folder()
        wanted = self._linked(folder)
        with storage.writing(data_root()):
            for path in wanted:
                self._link(path)
            if former != folder:
                storage.point(self.current_link(), f"versions/{folder}")
            for path in self._formerly_linked(former) - wanted:
                self._unlink(path)

    def _linked(self, folder: str) -> set[str]:
        files = self.read_index(folder)["files"]
        return {self.index, *(file["path"] for file in files if self.is_linked(file["kind"]))}

    def _formerly_linked(self, folder: str) -> set[str]:
        try:
            return self._linked(folder)
        except FileNotFoundError:
            return set()

    def _target(self, path: str) -> str:
        return f"{'../' * path.count('/')}{self.service}/current/{path}"

    def _link(self, path: str) -> None:
        link = data_root() / path
        link.parent.mkdir(exist_ok=True)
        if storage.target_of(link) != self._target(path):
            storage.point(link, self._target(path))

    def _unlink(self, path: str) -> None:
        """Remove the link to a document that is not published any more; what others keep in its folder stays."""
        link = data_root() / path
        if storage.target_of(link) == self._target(path):
            link.unlink()
        if link.parent != data_root() and link.parent.is_dir() and not any(link.parent.iterdir()):
            link.parent.rmdir()

    def remove_version(self, folder: str) -> None:
        """Delete a publication's folder, unless readers get it. Does nothing when it is not there."""
        if folder and folder != self.current_folder():
            with storage.writing(data_root()):
                storage.remove_folder(self.versions() / folder)

    def prune(self, keep: Collection[str]) -> list[str]:
        """Delete the folders of publications that nobody keeps, and drafts that were begun and left; their names."""
        kept = {*keep, self.current_folder()}
        with storage.writing(data_root()):
            gone = [path for path in self.versions().iterdir() if path.name not in kept]
            for path in gone:
                storage.remove_folder(path)
        return [path.name for path in gone]


def _write_document(draft: Path, file: StagedFile) -> dict[str, Any]:
    path = draft / file.path
    path.parent.mkdir(exist_ok=True)
    storage.write_file(path, file.body)
    for ending, compressed in COMPRESSED.items():
        storage.write_file(path.with_name(path.name + ending), compressed(file.body))
    for ending, data in file.beside.items():
        storage.write_file(path.with_name(path.name + ending), data)
    return index_file(file)


def _is_intact(folder: Path, file: Mapping[str, Any]) -> bool:
    try:
        return bool(fingerprint((folder / file["path"]).read_bytes()) == file["sha256"])
    except OSError:
        return False
