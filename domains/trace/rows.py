"""From built documents to rows of the database, and from rows of the database to files."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from domains.trace import rules
from domains.trace.build import Built
from domains.trace.models import Blob, Document, Entry, EntryLink, Publication, Snapshot
from domains.trace.publication import StagedFile
from domains.trace.rules import DATA_TYPES, BuiltDocument, Changes, Row
from domains.trace.service import blobs, documents, entries, links

MAX_NAME = 500


class Target(NamedTuple):
    """A row that others may be related to."""

    kind: str
    slug: str
    name: str


def insert_documents(snapshot_id: int, built: Iterable[BuiltDocument]) -> None:
    """Store the documents of a snapshot, and those of their bytes that are not stored yet."""
    wanted = {document.sha256: document.data for document in built}
    known = blobs.known(wanted)
    fresh = [
        Blob(sha256=sha256, size=len(data), gzip=rules.compress(data))
        for sha256, data in wanted.items()
        if sha256 not in known
    ]
    blobs.bulk_create(fresh, batch_size=20)
    known = blobs.known(wanted)
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


def insert_entries(snapshot_id: int, built: Built) -> None:
    """Store the rows of the document that holds every row, with their links, for lists."""
    every = {document.kind: json.loads(document.data) for document in built.documents if not document.application}
    targets = {row["id"]: Target(kind, row["slug"], row["name"]) for kind, group in every.items() for row in group}
    entries.bulk_create(
        _entry(snapshot_id, kind, row, targets, built.edited[row["id"]])
        for kind, group in every.items()
        for row in group
    )
    found = dict(entries.filter(snapshot_id=snapshot_id).values_list("page_id", "pk"))
    links.bulk_create(
        (
            EntryLink(entry_id=found[row["id"]], kind=kind, target=target)
            for row in every["features"]
            for kind, target in _links(row, targets)
        ),
        batch_size=2000,
    )


def _related(row: Row, targets: Mapping[str, Target]) -> Iterator[Target]:
    for value in row.values():
        if isinstance(value, list):
            yield from (targets[item] for item in value if isinstance(item, str) and item in targets)


def _links(row: Row, targets: Mapping[str, Target]) -> set[tuple[str, str]]:
    related = {(DATA_TYPES[target.kind], target.slug) for target in _related(row, targets)}
    return related | {("application", slug) for slug in row["applications"]}


def _entry(snapshot_id: int, kind: str, row: Row, targets: Mapping[str, Target], edited: str) -> Entry:
    related = list(_related(row, targets))
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
        updated=datetime.fromisoformat(edited),
        data=row,
    )


def changes_since(snapshot_id: int | None, built: Built) -> Changes:
    """Rows of all kinds that came, changed and went since a snapshot; None for none before."""
    stored = documents.of(snapshot_id).filter(application="") if snapshot_id else []
    before: dict[str, str] = {}
    for former in stored:
        before |= rules.row_hashes(_data(former.blob))
    after: dict[str, str] = {}
    for document in built.documents:
        if not document.application:
            after |= rules.row_hashes(document.data)
    return rules.compare(before, after)


def published_files(snapshot: Snapshot) -> list[StagedFile]:
    """Every file of a snapshot, made from the database, so that any machine can write them."""
    return [
        StagedFile(
            application=document.application,
            kind=document.kind,
            items=document.items,
            body=rules.envelope(
                application=document.application,
                kind=document.kind,
                items=document.items,
                snapshot=snapshot.name,
                data=_data(document.blob),
            ),
        )
        for document in documents.of(snapshot.pk)
    ]


def _data(blob: Blob) -> bytes:
    return gzip.decompress(bytes(blob.gzip))


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
