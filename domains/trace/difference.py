"""What an export would change of what is published."""

from __future__ import annotations

from typing import Any

from domains.trace import guard, row_index
from domains.trace.build import Built
from domains.trace.models import Publication
from domains.trace.row_index import Place
from domains.trace.rules import KINDS
from domains.trace.service import documents

MOST_TOLD = 50
SOURCE_LENGTH = 500


def reason_to_hold(current: Publication | None, built: Built, source: str, most: float) -> str:
    """Why what was built should wait for approval; "" for no reason, or when nothing of this source is published yet.

    Whoever names another source wants its rows in place of the former ones.
    """
    if current is None or current.source != source[:SOURCE_LENGTH]:
        return ""
    before = {
        (document.application, document.kind): set(row_index.unpack(bytes(document.blob.rows)))
        for document in documents.of(current.snapshot_id).defer("blob__gzip")
    }
    after = {(document.application, document.kind): guard.ids_of(document) for document in built.documents}
    return guard.reason_to_hold(before, after, most)


def since(current: Publication | None, built: Built) -> tuple[dict[str, int], dict[str, list[dict[str, str]]]]:
    """How many rows of the documents of every row came, changed and went, and the first of each."""
    changes = {"added": 0, "changed": 0, "removed": 0}
    rows: dict[str, list[dict[str, str]]] = {name: [] for name in changes}
    for kind in KINDS:
        data = next(d.data for d in built.documents if (d.application, d.kind) == ("", kind))
        after, before = row_index.index_of(data), _before(current, kind)
        found = {
            "added": [key for key in after if key not in before],
            "changed": row_index.changed_ids(before, after),
            "removed": [key for key in before if key not in after],
        }
        for name, ids in found.items():
            changes[name] += len(ids)
            rows[name] += [{"kind": kind, "id": key, "name": _name(data, after.get(key))} for key in ids[:MOST_TOLD]]
    return changes, {name: told[:MOST_TOLD] for name, told in rows.items()}


def _before(current: Publication | None, kind: str) -> dict[str, Place]:
    document = documents.index_of(current.snapshot_id, "", kind) if current else None
    return row_index.unpack(bytes(document.blob.rows)) if document else {}


def _name(data: bytes, place: Place | None) -> Any:
    return row_index.row_at(data, place)["name"][:200] if place else ""
