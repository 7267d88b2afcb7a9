"""Published documents as ready bytes, kept by this process until something else is published.

Each request reads one link; nothing else is looked at while it leads to the same folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.utils.http import http_date

from domains.base.errors import Unavailable
from domains.trace import publication

DAMAGED = "The published files are damaged. Run the Trace export, then ask again."
NOTHING_YET = "Nothing has been published yet. Run the Trace export, then ask again."


@dataclass(frozen=True, slots=True)
class Ready:
    """One document: plain and compressed, each with its strong ETag. `modified` is seconds since 1970, in UTC."""

    body: bytes
    gzip: bytes
    etag: str
    gzip_etag: str
    modified: int
    last_modified: str
    snapshot: str


@dataclass(slots=True)
class _Kept:
    """What this process remembers of one publication."""

    folder: Path
    snapshot: str
    modified: int
    paths: dict[str, str]
    documents: dict[str, Ready] = field(default_factory=dict)


_kept: dict[str, _Kept] = {}


def document(application: str, kind: str) -> Ready:
    """The published document of this kind, "" standing for all applications.

    Raises Unavailable before the first publication, for an application that was added after the last one, and when
    files that this process has not read yet are damaged.
    """
    link = os.fspath(publication.current_link())
    try:
        target = os.readlink(link)
    except OSError as error:
        raise Unavailable(NOTHING_YET) from error
    path = publication.document_path(application, kind)
    try:
        kept = _kept.get(link)
        if kept is None or kept.folder.name != os.path.basename(target):
            kept = _kept[link] = _open(os.path.basename(target))
        return kept.documents.get(path) or _load(kept, path)
    except OSError as error:
        raise Unavailable(DAMAGED) from error


def _open(folder: str) -> _Kept:
    index = publication.read_index(folder)
    modified = int(datetime.fromisoformat(index["published"]).astimezone(UTC).timestamp())
    paths = {file["path"]: file["sha256"] for file in index["files"]}
    return _Kept(publication.versions() / folder, index["snapshot"], modified, paths)


def _load(kept: _Kept, path: str) -> Ready:
    if path not in kept.paths:
        raise Unavailable("Nothing has been published for this application yet. Run the Trace export, then ask again.")
    sha256 = kept.paths[path]
    ready = Ready(
        body=(kept.folder / path).read_bytes(),
        gzip=(kept.folder / f"{path}.gz").read_bytes(),
        etag=f'"{sha256[:32]}"',
        gzip_etag=f'"{sha256[:32]}-gzip"',
        modified=kept.modified,
        last_modified=http_date(kept.modified),
        snapshot=kept.snapshot,
    )
    kept.documents[path] = ready
    return ready
