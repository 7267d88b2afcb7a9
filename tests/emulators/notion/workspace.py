"""A workspace: rows of four databases as plain values, which can be edited, trashed and added to while it is served.

Values are plain: a title is a text, a relation a list of page ids, a date an ISO text, people a list of names.
Back-relations, rollups and formulas are never stored; they follow from the rest.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.emulators.notion.schema import KINDS, Spec, data_source_id, made_id, schemas

KIND_OF = {data_source_id(kind): kind for kind in KINDS}
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Row:
    """A page of a database."""

    id: str
    kind: str
    number: int
    created: datetime
    edited: datetime
    values: dict[str, Any]
    in_trash: bool = False
    content: str = ""


@dataclass
class File:
    """A file that Notion keeps."""

    name: str
    data: bytes
    content_type: str = "image/png"


class Workspace:
    """What an integration sees. Every change moves the row's time to the minute of `now`."""

    def __init__(self, now: datetime = START, clock: Callable[[], datetime] | None = None) -> None:
        self.now, self.clock = now, clock
        self.lock = threading.RLock()
        self.schemas: dict[str, dict[str, Spec]] = schemas()
        self.rows: dict[str, Row] = {}
        self.files: dict[str, File] = {}
        self.unshared: set[str] = set()
        self.more_sources: dict[str, list[str]] = {}
        self._back: dict[tuple[str, str], dict[str, list[str]]] = {}

    def minute(self) -> datetime:
        """The time as Notion stamps it: rounded down."""
        return (self.clock() if self.clock else self.now).replace(second=0, microsecond=0)

    def pass_minutes(self, count: int = 1) -> None:
        """Let time go by."""
        self.now += timedelta(minutes=count)

    def create(self, kind: str, content: str = "", /, **values: Any) -> Row:
        """Add a row; what is not given is empty. Names of properties are keywords or `**{"Target date": …}`."""
        with self.lock:
            number = 1 + sum(1 for row in self.rows.values() if row.kind == kind)
            return self.put(kind, number, self.minute(), values, content)

    def put(self, kind: str, number: int, at: datetime, values: dict[str, Any], content: str = "") -> Row:
        """Add a row whose number and time are known."""
        row = Row(made_id(kind, number), kind, number, at, at, values, content=content)
        self.rows[row.id] = row
        self._back.clear()
        return row

    def edit(self, page_id: str, *, silently: bool = False, **values: Any) -> Row:
        """Change values of a row. `silently` leaves its time as it was."""
        with self.lock:
            row = self.rows[page_id]
            row.values = row.values | values
            row.edited = row.edited if silently else self.minute()
            self._back.clear()
            return row

    def trash(self, page_id: str, *, back: bool = False) -> None:
        """Move a row into the trash, or back out of it."""
        with self.lock:
            row = self.rows[page_id]
            row.in_trash, row.edited = not back, self.minute()
            self._back.clear()

    def vanish(self, page_id: str) -> None:
        """Delete a row for good, or move it where the integration sees nothing: no query ever tells of it."""
        with self.lock:
            del self.rows[page_id]
            self._back.clear()

    def live(self, kind: str) -> list[Row]:
        """Rows of a kind that are not in the trash."""
        with self.lock:
            return [row for row in self.rows.values() if row.kind == kind and not row.in_trash]

    def back(self, kind: str, name: str) -> dict[str, list[str]]:
        """For a relation: which live rows lead to a page, by the page's id."""
        with self.lock:
            if (kind, name) not in self._back:
                found: dict[str, list[str]] = defaultdict(list)
                for row in self.live(kind):
                    for target in row.values.get(name) or []:
                        found[target].append(row.id)
                self._back[kind, name] = found
            return self._back[kind, name]

    def related(self, row: Row, spec: Spec) -> list[str]:
        """Every page that a relation of a row leads to, forward or back."""
        relation = spec["relation"]
        target = self.kind_of(relation["data_source_id"])
        synced = (relation.get("dual_property") or {}).get("synced_property_name")
        if synced and spec["name"] in BACK.get(row.kind, ()):
            return self.back(target, synced).get(row.id, [])
        return list(row.values.get(spec["name"]) or [])

    def kind_of(self, source_id: str) -> str:
        """The kind of a data source."""
        return KIND_OF[source_id]

    # --- the schema -------------------------------------------------------------------------------------------------

    def rename_property(self, kind: str, old: str, new: str) -> None:
        """Give a property another name; its id stays."""
        with self.lock:
            properties = self.schemas[kind]
            spec = properties.pop(old)
            properties[new] = spec | {"name": new}
            for row in self.rows.values():
                if row.kind == kind and old in row.values:
                    row.values[new] = row.values.pop(old)
            self._back.clear()

    def remove_property(self, kind: str, name: str) -> None:
        """Delete a property with its values."""
        with self.lock:
            del self.schemas[kind][name]

    def add_property(self, kind: str, spec: Spec) -> None:
        """Add a property, of a type that nobody knows perhaps: see `schema.spec`."""
        with self.lock:
            self.schemas[kind][spec["name"]] = spec

    def snapshot(self, kind: str) -> Iterator[Row]:
        """Every row of a kind, trashed ones too."""
        with self.lock:
            return iter([row for row in self.rows.values() if row.kind == kind])


BACK = {"features": ("Required by",), "gateways": ("Features",), "tiers": ("Features",)}
"""Relations that are the other side of one that is stored."""
