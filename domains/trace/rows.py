"""From built documents to rows of the database, and from rows of the database to readable ones."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from domains.publishing.documents import canonical, compress
from domains.trace import row_index
from domains.trace.models import Blob, Document, Entry, EntryLink, Snapshot
from domains.trace.row_index import Place
from domains.trace.rules import DATA_TYPES, BuiltDocument, Changes, Row
from domains.trace.service import blobs, documents, entries, links

MAX_NAME = 500
BATCH = 500


class Target(NamedTuple):
    """A row that others may be related to."""

    kind: str
    slug: str
    name: str


class Page(NamedTuple):
    """What a row has beside its document: when it was last edited, and its address in Notion."""

    edited: str
    url: str


def pack_pages(pages: Mapping[str, Page]) -> bytes:
    """Pages by the ids of their rows, as a snapshot keeps them."""
    return zlib.compress(canonical(pages))


def pages_of(snapshot: Snapshot) -> dict[str, Page]:
    """What `pack_pages` has written; empty for a snapshot from before it was."""
    packed = bytes(snapshot.pages)
    return {key: Page(*page) for key, page in json.loads(zlib.decompress(packed)).items()} if packed else {}


def insert_documents(snapshot_id: int, built: Iterable[BuiltDocument]) -> None:
    """Store the documents of a snapshot, and those of their bytes that are not stored yet."""
    wanted = {document.sha256: document.data for document in built}
    known = blobs.known(wanted)
    for sha256, data in wanted.items():
        if sha256 not in known:
            packed = row_index.pack(row_index.index_of(data))
            known[sha256] = blobs.create(sha256=sha256, size=len(data), gzip=compress(data), rows=packed).pk
    documents.bulk_create(
        Document(
            snapshot_id=snapshot_id,
            application=document.application,
            kind=document.kind,
            items=document.items,
            blob_id=known[document.sha256],
        )
        for document in built
    )


def insert_entries(snapshot: Snapshot) -> None:
    """Store the rows of the documents that hold every row, with their links, for lists."""
    every = {document.kind: rows_of(document.blob) for document in documents.of(snapshot.pk).filter(application="")}
    targets = {
        row["id"]: Target(kind, row["slug"], row["name"])
        for kind, found in every.items()
        for row in row_index.each_row(*found)
    }
    pages, unknown = pages_of(snapshot), Page(snapshot.created.isoformat(), "")
    stored: dict[str, int] = {}
    told: set[tuple[str, str, str]] = set()
    for kind, found in every.items():
        rows = row_index.each_row(*found)
        while batch := list(islice(rows, BATCH)):
            made = [_entry(snapshot.pk, kind, row, targets, pages.get(row["id"], unknown)) for row in batch]
            stored |= {entry.page_id: entry.pk for entry in entries.bulk_create(made)}
            told.update(link for row in batch for link in _links(kind, row, targets))
    links.bulk_create(
        (EntryLink(entry_id=stored[page], kind=kind, target=target) for page, kind, target in sorted(told)),
        batch_size=2000,
    )


def _links(kind: str, row: Row, targets: Mapping[str, Target]) -> Iterator[tuple[str, str, str]]:
    """Id of a row, and kind and slug of what it leads to. What leads to a feature is told of the feature instead, so
    that it does not matter on which side the workspace keeps a relation.
    """
    for slug in row["applications"]:
        yield row["id"], "application", slug
    for page, target in _leads(row, targets):
        if target.kind == "features" and kind != "features":
            yield page, DATA_TYPES[kind], row["slug"]
        else:
            yield row["id"], DATA_TYPES[target.kind], target.slug


def _leads(row: Row, targets: Mapping[str, Target]) -> Iterator[tuple[str, Target]]:
    """Id of each related row, with what it is."""
    for value in row.values():
        if isinstance(value, list):
            yield from ((item, targets[item]) for item in value if isinstance(item, str) and item in targets)


def _entry(snapshot_id: int, kind: str, row: Row, targets: Mapping[str, Target], page: Page) -> Entry:
    related = [target for _, target in _leads(row, targets)]
    status = row.get("status")
    words = [row.get(key) for key in ("name", "slug", "feature_id", "summary", "description")]
    return Entry(
        snapshot_id=snapshot_id,
        kind=kind,
        page_id=row["id"],
        slug=row["slug"],
        name=row["name"][:MAX_NAME],
        sort_name=row["name"].casefold()[:MAX_NAME],
        status=status if isinstance(status, str) else "",
        tier=", ".join(target.name for target in related if target.kind == "tiers")[:MAX_NAME],
        gateway_count=sum(target.kind == "gateways" for target in related),
        applications=row["applications"],
        tags=[target.name for target in related if target.kind == "tags"],
        search=" ".join(word for word in words if isinstance(word, str)),
        updated=datetime.fromisoformat(page.edited),
        data=row,
        url=page.url,
    )


def changes_between(before: int | None, after: int) -> Changes:
    """Rows of all kinds that came, changed and went between two snapshots; None for none before."""
    return row_index.compare(_places(before) if before else {}, _places(after))


def _places(snapshot_id: int) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for document in documents.indexes(snapshot_id):
        found |= row_index.unpack(bytes(document.blob.rows))
    return found


def slugs_gone(before: int, after: int) -> dict[str, set[str]]:
    """Slugs of the features that readers of each application had before and have no more; "" for all rows."""
    features = documents.of(before).filter(kind="features")
    following = {document.application: document for document in documents.of(after).filter(kind="features")}
    return {former.application: _gone(former, following.get(former.application)) for former in features}


def _gone(former: Document, document: Document | None) -> set[str]:
    if document is not None and document.blob_id == former.blob_id:
        return set()
    data, places = rows_of(former.blob)
    new_data, new_places = rows_of(document.blob) if document else (b"", {})
    changed = row_index.changed_ids(places, new_places)
    before = {_slug(data, places[key]) for key in [*changed, *(places.keys() - new_places.keys())]}
    after = {_slug(new_data, new_places[key]) for key in [*changed, *(new_places.keys() - places.keys())]}
    return before - after


def _slug(data: bytes, place: Place) -> str:
    return str(row_index.row_at(data, place)["slug"])


def rows_of(blob: Blob) -> tuple[bytes, dict[str, Place]]:
    """The document that a blob holds, and where its rows are."""
    return gzip.decompress(bytes(blob.gzip)), row_index.unpack(bytes(blob.rows))
