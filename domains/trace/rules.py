"""Names, bytes and comparisons of feature specifications. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domains.extensions.extension import RowFilter
from domains.publishing.documents import canonical, envelope_of, fingerprint

Row = dict[str, Any]

KINDS = ("features", "gateways", "tiers", "tags")
MATRIX, INDEX, SNAPSHOTS = "matrix", "index", "snapshots"
"""What is published beside the kinds: the matrix of features, what there is to read, and what there was."""
VERSIONED = (*KINDS, MATRIX)
"""What can be read of one snapshot for ever."""
LEAST_KEYS = ("id", "slug", "name", "applications")
"""Fields that every row has."""
DATA_TYPES = {"features": "feature", "gateways": "gateway", "tiers": "tier", "tags": "tag"}
NAME_DIGITS = 16
MAX_SLUG = 100
FORMAT = "1"


@dataclass(frozen=True, slots=True)
class BuiltDocument:
    """The rows of one kind for one application ("" for every row) as bytes."""

    application: str
    kind: str
    items: int
    data: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows came, changed and went between two snapshots."""

    added: int
    changed: int
    removed: int


def snake_case(name: str) -> str:
    """A property's name as a JSON key: "Target date" becomes target_date; "" when nothing is left."""
    letters = (c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "_", "".join(letters).lower()).strip("_")


def slug_of(name: str) -> str:
    """A name as part of an address: "Kudos from Slack" becomes kudos-from-slack; "" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-")


def public_id(page_id: str) -> str:
    """A Notion page id without dashes."""
    return page_id.replace("-", "").lower()


def is_launched(row: Mapping[str, Any]) -> bool:
    """Whether customers can use the feature: shipped, or in beta."""
    return row.get("status") in {"Shipped", "Beta"}


def build_document(application: str, kind: str, rows: Sequence[Row]) -> BuiltDocument:
    """The bytes of these rows, in the order given."""
    return _document(application, kind, [canonical(row) for row in rows])


def _document(application: str, kind: str, written: Sequence[bytes]) -> BuiltDocument:
    data = b"[" + b",".join(written) + b"]"
    return BuiltDocument(application, kind, len(written), data, fingerprint(data))


class Writer:
    """Writes rows as bytes, each once however many documents it is in. The rows must stay as they are."""

    def __init__(self) -> None:
        self.written: dict[int, bytes] = {}

    def write(self, row: Row, known: set[str]) -> bytes:
        """The row without relations to rows outside `known`."""
        told = closed(row, known)
        if told is not row:
            return canonical(told)
        if id(row) not in self.written:
            self.written[id(row)] = canonical(row)
        return self.written[id(row)]


def application_documents(
    application: str, rows: Mapping[str, Sequence[Row]], keep: Mapping[str, RowFilter], writer: Writer | None = None
) -> list[BuiltDocument]:
    """One document a kind, of the rows that are the application's and that its filters let pass.

    A row with no application belongs to none. Relations lead to rows of the same application only, so that every id
    that a reader meets is in one of the application's documents.
    """
    chosen = {
        kind: [row for row in rows[kind] if application in row["applications"] and keep[kind](row)] for kind in KINDS
    }
    return _documents(application, chosen, writer or Writer())


def all_documents(rows: Mapping[str, Sequence[Row]], writer: Writer | None = None) -> list[BuiltDocument]:
    """One document a kind, of every row."""
    return _documents("", rows, writer or Writer())


def _documents(application: str, rows: Mapping[str, Sequence[Row]], writer: Writer) -> list[BuiltDocument]:
    known = {row["id"] for kind in KINDS for row in rows[kind]}
    return [_document(application, kind, [writer.write(row, known) for row in rows[kind]]) for kind in KINDS]


def closed(row: Row, known: set[str]) -> Row:
    """The row without relations to rows outside `known`: itself when it has none. Relations are `Related` lists."""
    if all(known.issuperset(value) for value in row.values() if isinstance(value, Related)):
        return row
    return {
        key: [item for item in value if item in known] if isinstance(value, Related) else value
        for key, value in row.items()
    }


class Related(list[str]):
    """Ids of related rows; a type of its own, so that they are told from other lists of words."""


def snapshot_digest(documents: Iterable[BuiltDocument]) -> str:
    """SHA-256 over the fingerprints of all documents: equal content, equal digest."""
    lines = sorted(f"{document.application}/{document.kind} {document.sha256}" for document in documents)
    return fingerprint("\n".join([f"format {FORMAT}", *lines]).encode())


def in_order(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts in the order of the kinds; a database may have mixed it."""
    return {kind: counts[kind] for kind in KINDS}


def counted(counts: Mapping[str, int]) -> str:
    """Counts by kind in words: 213 features, 16 gateways, 8 tiers, 34 tags."""
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in KINDS if kind in counts)


def changes_in_words(changes: Mapping[str, int]) -> str:
    """Changes as a part of a sentence: 1 added, 2 changed, 0 removed."""
    return ", ".join(f"{changes[name]:,} {name}" for name in ("added", "changed", "removed"))


def endpoint_of(application: str, kind: str) -> str:
    """Address of a public document."""
    return f"/trace/public/{application}/{kind}/" if application else f"/trace/public/{kind}/"


def snapshot_endpoint(application: str, snapshot: str, kind: str) -> str:
    """Address of a document of one snapshot, which never changes."""
    return endpoint_of(application, f"{SNAPSHOTS}/{snapshot}/{kind}")


def envelope(*, application: str, kind: str, items: int, snapshot: str, data: bytes) -> bytes:
    """The published document: the rows as `data`, what they are as `meta`."""
    return envelope_of(application, endpoint_of(application, kind), items, snapshot, data)
