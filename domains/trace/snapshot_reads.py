"""Questions about snapshots: which are kept, what differs between two of them, and what became of one row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from domains.trace import row_index, rows
from domains.trace.models import Document, Publication, Snapshot
from domains.trace.row_index import Place
from domains.trace.rules import KINDS, Changes, Row
from domains.trace.service import documents, publications, snapshots

MOST = 200
"""How many rows of each sort a difference names, unless it is asked for more."""


@dataclass(frozen=True, slots=True)
class RowName:
    """A row of a snapshot."""

    kind: str
    page_id: str
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A property that differs; None stands for one that is not there, too."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row that is in both snapshots and differs; `row` as it is in the newer one."""

    row: RowName
    fields: Sequence[FieldChange]


@dataclass(frozen=True, slots=True)
class Difference:
    """What came, changed and went; the counts are exact, the rows are at most as many as were asked for."""

    counts: Changes
    added: Sequence[RowName]
    changed: Sequence[ChangedRow]
    removed: Sequence[RowName]


@dataclass(frozen=True, slots=True)
class RowVersion:
    """What a publication did to a row: "added", "changed" or "removed"; `row` is None once it is removed."""

    publication: Publication
    what: str
    row: Row | None
    fields: Sequence[FieldChange]


def snapshot_list() -> QuerySet[Snapshot]:
    """Every snapshot that is kept, newest first, unevaluated; `held` says why one waits for approval."""
    return snapshots.kept()


def snapshot_get(name: str) -> Snapshot:
    """The snapshot of that name. Raises NotFound."""
    return snapshots.get(name=name)


def held_snapshots() -> QuerySet[Snapshot]:
    """The snapshots that wait for approval, newest first, unevaluated."""
    return snapshots.kept().exclude(held="")


def difference(before: str, after: str, *, application: str = "", kind: str = "", most: int = MOST) -> Difference:
    """What differs between two snapshots, by their names, of one kind or all, field by field. Raises NotFound."""
    old, new = (_documents(snapshot_get(name).pk, application) for name in (before, after))
    counts = Changes(0, 0, 0)
    added: list[RowName] = []
    changed: list[ChangedRow] = []
    removed: list[RowName] = []
    for each in [kind] if kind else KINDS:
        former, latter = _Rows(old.get(each)), _Rows(new.get(each))
        here = row_index.compare(former.places, latter.places)
        counts = Changes(counts.added + here.added, counts.changed + here.changed, counts.removed + here.removed)
        ids = row_index.changed_ids(former.places, latter.places)
        changed += [_changed(each, former[key], latter[key]) for key in ids[: most - len(changed)]]
        added += [_name(each, row) for row in _only(latter, former, most - len(added))]
        removed += [_name(each, row) for row in _only(former, latter, most - len(removed))]
    return Difference(counts, added, changed, removed)


def row_history(kind: str, page_id: str) -> list[RowVersion]:
    """What each kept publication did to one row, the newest first; the oldest that has it says "added"."""
    versions: list[RowVersion] = []
    blob, row, digest = 0, None, ""
    for publication in reversed(publications.newest()):
        document = documents.index_of(publication.snapshot_id, "", kind)
        if document is None or document.blob_id == blob:
            continue
        blob = document.blob_id
        place = row_index.unpack(bytes(document.blob.rows)).get(page_id)
        if (place.digest if place else "") == digest:
            continue
        digest = place.digest if place else ""
        former, row = row, _Rows(documents.get_of(publication.snapshot_id, "", kind))[page_id] if place else None
        versions.append(_version(publication, former, row))
    return versions[::-1]


def _version(publication: Publication, former: Row | None, row: Row | None) -> RowVersion:
    what = "removed" if row is None else "added" if former is None else "changed"
    fields = _fields(former, row) if former is not None and row is not None else []
    return RowVersion(publication, what, row, fields)


class _Rows:
    """The rows of a document that may not exist, read one at a time; its bytes are unpacked once a row is asked for."""

    def __init__(self, document: Document | None) -> None:
        self.document = document
        self.places: dict[str, Place] = row_index.unpack(bytes(document.blob.rows)) if document else {}
        self._data = b""

    def __getitem__(self, page_id: str) -> Row:
        if self.document is not None and not self._data:
            self._data, _ = rows.rows_of(self.document.blob)
        return row_index.row_at(self._data, self.places[page_id])


def _documents(snapshot_id: int, application: str) -> dict[str, Document]:
    return {document.kind: document for document in documents.indexes(snapshot_id, application)}


def _only(these: _Rows, others: _Rows, most: int) -> Iterator[Row]:
    """Rows that only the first has, at most so many."""
    ids = [key for key in these.places if key not in others.places]
    return (these[key] for key in ids[: max(most, 0)])


def _name(kind: str, row: Row) -> RowName:
    return RowName(kind, row["id"], row["slug"], row["name"])


def _changed(kind: str, former: Row, latter: Row) -> ChangedRow:
    return ChangedRow(_name(kind, latter), _fields(former, latter))


def _fields(former: Row, latter: Row) -> list[FieldChange]:
    keys = dict.fromkeys((*latter, *former))
    return [FieldChange(key, former.get(key), latter.get(key)) for key in keys if former.get(key) != latter.get(key)]
