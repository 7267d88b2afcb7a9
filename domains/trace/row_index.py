"""Where each row of a stored document is, so that one row is read without parsing the others. Pure.

An index is kept as compressed JSON `{row id: [offset, length, digest]}`, offsets in bytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domains.publishing.documents import canonical, fingerprint
from domains.trace.rules import Changes, Row

DIGITS = 32


class Place(NamedTuple):
    """Where a row is in its document, and the beginning of the SHA-256 of its bytes."""

    offset: int
    length: int
    digest: str


RowIndex = Mapping[str, Place]


def index_of(data: bytes) -> dict[str, Place]:
    """The places of the rows of a document that `rules.build_document` has written."""
    index: dict[str, Place] = {}
    offset = 1
    for row in json.loads(data):
        written = canonical(row)
        index[row["id"]] = Place(offset, len(written), fingerprint(written)[:DIGITS])
        offset += len(written) + 1
    return index


def pack(index: RowIndex) -> bytes:
    """The index as it is stored."""
    return zlib.compress(canonical(index))


def unpack(packed: bytes) -> dict[str, Place]:
    """What `pack` has written."""
    return {key: Place(*place) for key, place in json.loads(zlib.decompress(packed)).items()}


def row_bytes(data: bytes, place: Place) -> bytes:
    """One row of a document as it was written."""
    return data[place.offset : place.offset + place.length]


def row_at(data: bytes, place: Place) -> Row:
    """One row of a document."""
    row: Row = json.loads(row_bytes(data, place))
    return row


def each_row(data: bytes, index: RowIndex) -> Iterator[Row]:
    """Every row of a document in its order, one at a time, so that the parsed rows are never in memory together."""
    return (row_at(data, place) for place in index.values())


def changed_ids(before: RowIndex, after: RowIndex) -> list[str]:
    """Ids of the rows that are in both and differ, in the order of `after`."""
    return [key for key, place in after.items() if key in before and before[key].digest != place.digest]


def compare(before: RowIndex, after: RowIndex) -> Changes:
    """How many rows came, changed and went."""
    both = len(before.keys() & after.keys())
    return Changes(len(after) - both, len(changed_ids(before, after)), len(before) - both)
