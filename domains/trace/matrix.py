"""The traceability matrix of one application: which feature is related to which gateway, tier and tag. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domains.trace.rules import KINDS, Row

COLUMNS = tuple(kind for kind in KINDS if kind != "features")
HEAD = ("id", "slug", "name")


def matrix_of(features: Iterable[Row], columns: Mapping[str, Sequence[Row]]) -> dict[str, Any]:
    """`columns` names the gateways, tiers and tags; each of the `rows` is a feature with the ids that it leads to.

    It does not matter on which side the workspace keeps a relation.
    """
    kinds = {row["id"]: kind for kind in COLUMNS for row in columns[kind]}
    back: dict[str, list[str]] = {}
    for kind in COLUMNS:
        for row in columns[kind]:
            for item in _ids(row):
                back.setdefault(item, []).append(row["id"])
    return {
        "columns": {kind: [{key: row[key] for key in HEAD} for row in columns[kind]] for kind in COLUMNS},
        "rows": [_line(row, kinds, back.get(row["id"], [])) for row in features],
    }


def _ids(row: Row) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, list):
            yield from (item for item in value if isinstance(item, str))


def _line(row: Row, kinds: Mapping[str, str], back: Sequence[str]) -> Row:
    line: Row = {key: row[key] for key in HEAD} | {"status": row.get("status")} | {kind: [] for kind in COLUMNS}
    for item in dict.fromkeys((*_ids(row), *back)):
        if item in kinds:
            line[kinds[item]].append(item)
    return line
