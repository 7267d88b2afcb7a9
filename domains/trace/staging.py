"""The files of a publication, made from the database, so that any machine can write them, with the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from domains.publishing.documents import HEAD, canonical
from domains.publishing.store import StagedFile, index_file
from domains.trace import matrix, row_index, rows, rules
from domains.trace.models import Coming, Document, Publication, Snapshot
from domains.trace.published import ROWS, store
from domains.trace.service import documents, publications

KEEP = 30
"""How many publications are kept, with their snapshots and files."""


class Told(NamedTuple):
    """A publication as the history tells it, and the applications that it was for."""

    entry: dict[str, Any]
    applications: Sequence[str]


def write(
    folder: str, snapshot: Snapshot, at: datetime, changes: Mapping[str, int], earlier: Sequence[Publication]
) -> int:
    """Write the folder of a publication, unless it is there; how many files it has.

    `earlier` are the publications before it, newest first. Raises Unavailable when the disk refuses.
    """
    published = at.isoformat()
    entry = {"snapshot": snapshot.name, "published": published, "counts": rules.in_order(snapshot.counts), **changes}
    history = [Told(entry, snapshot.applications), *(Told(history_entry(r), r.snapshot.applications) for r in earlier)]
    about = {
        "service": "trace",
        "snapshot": snapshot.name,
        "published": published,
        "applications": snapshot.applications,
        "history": [told.entry for told in history],
    }
    return store.write_version(folder, files_of(snapshot, published, history), about)


def write_publication(row: Publication) -> int:
    """Write the folder of a recorded publication: what the machine has written that made it."""
    changes = {"added": row.added, "changed": row.changed, "removed": row.removed}
    earlier = list(publications.newest().filter(pk__lt=row.pk)[: KEEP - 1])
    return write(row.folder, row.snapshot, row.at, changes, earlier)


def write_coming(coming: Coming) -> int:
    """Write the folder of a publication that is about to be recorded."""
    changes = {"added": coming.added, "changed": coming.changed, "removed": coming.removed}
    earlier = list(publications.newest()[: KEEP - 1])
    return write(coming.folder, coming.snapshot, coming.at, changes, earlier)


def history_entry(row: Publication) -> dict[str, Any]:
    """A publication as the published history tells it."""
    return {
        "snapshot": row.snapshot.name,
        "published": row.at.isoformat(),
        "counts": rules.in_order(row.snapshot.counts),
        "added": row.added,
        "changed": row.changed,
        "removed": row.removed,
    }


def files_of(snapshot: Snapshot, published: str, history: Sequence[Told]) -> Iterator[StagedFile]:
    """Every document of a publication, one at a time: those of all rows, then those of each application."""
    for application in ("", *snapshot.applications):
        listed: list[dict[str, Any]] = []
        for kind in rules.VERSIONED:
            file = file_of(snapshot, application, kind)
            listed.append(index_file(file))
            yield file
        past = [_past(told, application) for told in history if not application or application in told.applications]
        yield _file(snapshot, application, rules.SNAPSHOTS, len(past), canonical(past))
        index = {"published": published, "documents": listed, "snapshots": _endpoint(application, rules.SNAPSHOTS)}
        if not application:
            apps = snapshot.applications
            index["applications"] = [{"slug": slug, "index": _endpoint(slug, rules.INDEX)} for slug in apps]
        yield _file(snapshot, application, rules.INDEX, len(listed), canonical(index))


def _past(told: Told, application: str) -> dict[str, Any]:
    """A publication as the list of snapshots tells it; what its counts are about is for readers of all rows."""
    name = told.entry["snapshot"]
    known = told.entry if not application else {key: told.entry[key] for key in ("snapshot", "published")}
    addresses = {kind: rules.snapshot_endpoint(application, name, kind) for kind in rules.VERSIONED}
    return {**known, "documents": addresses}


def _endpoint(application: str, kind: str) -> str:
    return rules.endpoint_of(application, kind)


def file_of(snapshot: Snapshot, application: str, kind: str) -> StagedFile:
    """One document of a snapshot, of a kind or the matrix. Raises NotFound."""
    if kind == rules.MATRIX:
        return _matrix(snapshot, application)
    document = documents.get_of(snapshot.pk, application, kind)
    data, places = rows.rows_of(document.blob)
    file = _file(snapshot, application, kind, document.items, data)
    return replace(file, beside={ROWS: canonical(_slugs(data, places))}) if kind == "features" else file


def _slugs(data: bytes, places: row_index.RowIndex) -> dict[str, tuple[int, int]]:
    found = zip(row_index.each_row(data, places), places.values(), strict=True)
    return {row["slug"]: (place.offset + len(HEAD), place.length) for row, place in found}


def _matrix(snapshot: Snapshot, application: str) -> StagedFile:
    found = {document.kind: document for document in documents.of(snapshot.pk).filter(application=application)}
    columns = {kind: list(_rows(found[kind])) for kind in matrix.COLUMNS}
    data = matrix.matrix_of(_rows(found["features"]), columns)
    return _file(snapshot, application, rules.MATRIX, len(data["rows"]), canonical(data))


def _rows(document: Document) -> Iterator[rules.Row]:
    return row_index.each_row(*rows.rows_of(document.blob))


def _file(snapshot: Snapshot, application: str, kind: str, items: int, data: bytes) -> StagedFile:
    body = rules.envelope(application=application, kind=kind, items=items, snapshot=snapshot.name, data=data)
    return StagedFile(application, kind, rules.endpoint_of(application, kind), items, body)
