"""What a reader may ask of the rows of a document: filters, an order, fields, and pages of one snapshot. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domains.base.errors import ValidationFailed
from domains.publishing.documents import canonical, fingerprint
from domains.trace.rules import DATA_TYPES, Row

PAGE_SIZE, MOST_PAGE_SIZE, MOST_FILTERS, MOST_LENGTH = 50, 200, 10, 200
OWN = ("page_size", "cursor", "sort", "fields")
"""Parameters that are no filters."""
KIND_OF = {data_type: kind for kind, data_type in DATA_TYPES.items()}
"""The kind that a filter named tag, tier, gateway or feature is about."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question that fits. `filters` holds the values of which a row must have one, by field or by tag, tier, …"""

    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sort: str = ""
    fields: Sequence[str] = ()
    page_size: int = PAGE_SIZE
    cursor: str = ""

    @property
    def digest(self) -> str:
        """The same for questions whose pages may follow each other."""
        return fingerprint(canonical([sorted(self.filters.items()), self.sort]))[:8]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a walk has got to: so many rows of this snapshot."""

    snapshot: str
    position: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows that fit; `total` counts them all, `position` is that of the first row of the next page or 0."""

    rows: Sequence[Row]
    total: int
    position: int


def parse(parameters: Mapping[str, Sequence[str]], keys: Collection[str]) -> Query:
    """The question. Raises ValidationFailed naming every parameter that does not fit; `keys` are the rows' fields."""
    known = {*OWN, *KIND_OF, *keys}
    if unknown := sorted(set(parameters) - known):
        raise ValidationFailed(
            f"Unknown parameter {', '.join(unknown)[:200]}. Known are {', '.join(sorted(known))}.",
            fields={name[:100]: ["There is no such parameter."] for name in unknown[:20]},
        )
    faults: dict[str, list[str]] = {}
    last = {name: values[-1] for name, values in parameters.items()}
    filters = {name: list(values) for name, values in parameters.items() if name not in OWN}
    if sum(len(values) for values in filters.values()) > MOST_FILTERS:
        faults["filters"] = [f"At most {MOST_FILTERS} values can be asked for at once."]
    for name, values in filters.items():
        if any(len(value) > MOST_LENGTH for value in values):
            faults[name] = [f"A value has at most {MOST_LENGTH} characters."]
    fields = [name for name in last.get("fields", "").split(",") if name]
    if odd := sorted({*fields, last.get("sort", "").removeprefix("-") or "name"} - set(keys)):
        faults["fields" if set(odd) & set(fields) else "sort"] = [f"There is no field {', '.join(odd)[:200]}."]
    size = _page_size(last.get("page_size", str(PAGE_SIZE)), faults)
    if faults:
        raise ValidationFailed("The question does not fit.", fields=faults)
    return Query(filters, last.get("sort", ""), fields, size, last.get("cursor", ""))


def _page_size(text: str, faults: dict[str, list[str]]) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MOST_PAGE_SIZE:
        return int(text)
    faults["page_size"] = [f"A page has 1 to {MOST_PAGE_SIZE} rows."]
    return PAGE_SIZE


def select(rows: Iterable[Row], query: Query, targets: Mapping[str, Mapping[str, str]]) -> list[Row]:
    """The rows that fit, in the order asked for, else in that of the document.

    `targets` leads from slugs to ids for each filter that is about related rows.
    """
    wanted = {
        name: {targets[name].get(value, value) if name in targets else value.casefold() for value in values}
        for name, values in query.filters.items()
    }
    found = [row for row in rows if all(_fits(row, name, values, name in targets) for name, values in wanted.items())]
    return _sorted(found, query.sort) if query.sort else found


def _fits(row: Row, name: str, wanted: set[str], is_relation: bool) -> bool:
    if not is_relation:
        return not wanted.isdisjoint(_words(row.get(name)))
    return any(
        item in wanted for value in row.values() if isinstance(value, list) for item in value if type(item) is str
    )


def _words(value: Any) -> set[str]:
    """What a value can be asked by."""
    if isinstance(value, list):
        return {word for item in value for word in _words(item)}
    if isinstance(value, bool):
        return {str(value).lower()}
    return {str(value).casefold()} if isinstance(value, (str, int, float)) else set()


def _sorted(rows: Sequence[Row], sort: str) -> list[Row]:
    """By one field, rows without it last; equal rows by their id, so that no page repeats one."""
    name = sort.removeprefix("-")
    present = [row for row in rows if row.get(name) not in (None, "", [])]
    missing = [row for row in rows if row.get(name) in (None, "", [])]
    present.sort(key=lambda row: str(row["id"]))
    present.sort(key=lambda row: _rank(row[name]), reverse=sort.startswith("-"))
    return [*present, *sorted(missing, key=lambda row: str(row["id"]))]


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, (int, float)):
        return 0, float(value), ""
    return 1, 0.0, (value if isinstance(value, str) else json.dumps(value)).casefold()


def page_of(rows: Sequence[Row], query: Query, position: int) -> Page:
    """The page that begins at that position, with the fields asked for."""
    end = position + query.page_size
    shown = rows[position:end]
    if query.fields:
        shown = [{key: row[key] for key in query.fields if key in row} for row in shown]
    return Page(shown, len(rows), end if end < len(rows) else 0)


def write_cursor(cursor: Cursor, query: Query) -> str:
    """The cursor as readers get it."""
    return base64.urlsafe_b64encode(canonical([cursor.snapshot, cursor.position, query.digest])).decode().rstrip("=")


def read_cursor(query: Query) -> Cursor:
    """The cursor of a question. Raises ValidationFailed for one that is not ours, or of another question."""
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        snapshot, position, digest = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if digest == query.digest and isinstance(snapshot, str) and isinstance(position, int) and position >= 0:
            return Cursor(snapshot, position)
    except (binascii.Error, ValueError, TypeError):
        pass
    fault = "It is no cursor of this question. Ask for the first page again."
    raise ValidationFailed("The cursor does not fit.", fields={"cursor": [fault]})
