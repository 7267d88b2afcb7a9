"""The working folder of a run: the copy of the workspace, and what was built from it, until it is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings

from domains.base.errors import Unavailable
from domains.publishing import storage
from domains.trace.build import Built
from domains.trace.problems import Problem
from domains.trace.rules import BuiltDocument

SOURCE, MANIFEST = "workspace.json", "built.json"


def works() -> Path:
    """Folder of all runs' working folders."""
    return Path(settings.VAULT_HOME) / "trace"


def folder_of(run: object) -> Path:
    """Working folder of this run, which may not exist."""
    return works() / str(run)


def begin(run: object) -> Path:
    """An empty working folder. Raises Unavailable when it cannot be made."""
    folder = folder_of(run)
    with storage.writing(works()):
        storage.remove_folder(folder)
        folder.mkdir(parents=True)
    return folder


def remove(run: object) -> None:
    """Delete the working folder; nothing happens when it is gone."""
    with storage.writing(works()):
        storage.remove_folder(folder_of(run))


def read_source(run: object) -> bytes:
    """The copied workspace. Raises Unavailable when the folder is gone."""
    return _read(folder_of(run) / SOURCE)


def write_built(run: object, built: Built) -> None:
    """Keep what was built for the steps that follow, in this process or the next."""
    folder = folder_of(run)
    manifest = {
        "digest": built.digest,
        "edited": built.edited,
        "notes": built.notes,
        "urls": built.urls,
        "problems": built.problems,
        "documents": [[d.application, d.kind, d.items, d.sha256] for d in built.documents],
    }
    with storage.writing(works()):
        for document in built.documents:
            storage.write_file(folder / document.sha256, document.data)
        storage.write_file(folder / MANIFEST, json.dumps(manifest).encode())


def read_built(run: object) -> Built:
    """What `write_built` kept. Raises Unavailable when the folder is gone."""
    folder = folder_of(run)
    manifest: dict[str, Any] = json.loads(_read(folder / MANIFEST))
    documents = [
        BuiltDocument(application, kind, items, _read(folder / sha256), sha256)
        for application, kind, items, sha256 in manifest["documents"]
    ]
    problems = [Problem(*problem) for problem in manifest["problems"]]
    edited, urls = manifest["edited"], manifest["urls"]
    return Built(manifest["digest"], documents, edited, manifest["notes"], urls, problems)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise Unavailable(
            "The working copy of this run is gone, so it cannot go on. Run the export again.", detail=str(path)
        ) from error
