"""Queries of a data source: filters, sorts, cursors, and the end at 10,000 rows.

A cursor goes on after the last row that it has shown, in the order that rows have *now*: as with Notion, rows that are
edited while somebody pages through may be shown twice or not at all, depending on the order.
"""

from __future__ import annotations

import heapq
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from tests.emulators.notion.objects import listed, page
from tests.emulators.notion.values import Values
from tests.emulators.notion.workspace import Row

ALLOWED = {"filter", "sorts", "start_cursor", "page_size", "in_trash", "archived", "result_type"}
TIMESTAMPS = {"created_time": "created", "last_edited_time": "edited"}
COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "on_or_after": lambda at, limit: at >= limit,
    "after": lambda at, limit: at > limit,
    "on_or_before": lambda at, limit: at <= limit,
    "before": lambda at, limit: at < limit,
    "equals": lambda at, limit: at == limit,
}


class Refused(Exception):
    """A request that Notion answers with 400."""


@dataclass
class Cursor:
    """Where a query goes on."""

    query: str
    last: tuple[Any, ...]
    shown: int


@dataclass
class Queries:
    """The queries that are under way. `trash` is what becomes of `in_trash`, which Notion does not document: "told",
    "ignored" or "refused".
    """

    values: Values
    limit: int = 10_000
    trash: str = "told"
    cursors: dict[str, Cursor] = field(default_factory=dict)

    def answer(self, kind: str, body: dict[str, Any], only: list[str] | None) -> dict[str, Any]:
        """One page of a query."""
        if unknown := set(body) - (ALLOWED - {"in_trash"} if self.trash == "refused" else ALLOWED):
            raise Refused(f"body failed validation: body.{min(unknown)} should be not present")
        size, cursor = page_size(body), self._cursor(kind, body)
        rows = self._rows(kind, body)
        order, newest_first = _order(body.get("sorts"))
        if cursor.last:
            rows = [row for row in rows if (order(row) > cursor.last) != newest_first and order(row) != cursor.last]
        room = self.limit - cursor.shown
        results = (heapq.nlargest if newest_first else heapq.nsmallest)(min(size, room), rows, key=order)
        more = len(rows) > len(results)
        written = [page(row, self.values, only) for row in results]
        if more and len(results) == room:
            status = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
            return listed("page_or_data_source", written, None, request_status=status)
        following = self._next(cursor, order(results[-1]), len(results)) if more else None
        return listed("page_or_data_source", written, following)

    def _cursor(self, kind: str, body: dict[str, Any]) -> Cursor:
        query = repr((kind, body.get("filter"), body.get("sorts"), body.get("in_trash")))
        name = body.get("start_cursor")
        if name is None:
            return Cursor(query, (), 0)
        found = self.cursors.get(name)
        if found is None or found.query != query:
            raise Refused(f"The start_cursor provided is invalid: {name}")
        return found

    def _next(self, cursor: Cursor, last: tuple[Any, ...], shown: int) -> str:
        name = str(uuid.uuid4())
        self.cursors[name] = Cursor(cursor.query, last, cursor.shown + shown)
        return name

    def _rows(self, kind: str, body: dict[str, Any]) -> list[Row]:
        wanted = bool(body.get("in_trash")) and self.trash == "told"
        passes = _filter(body.get("filter"))
        return [row for row in self.values.workspace.snapshot(kind) if row.in_trash == wanted and passes(row)]


def page_size(parameters: dict[str, Any]) -> int:
    """The page size that is asked for, 100 at most."""
    size = int(parameters.get("page_size", 100))
    if not 1 <= size <= 100:
        raise Refused(f"body failed validation: body.page_size should be ≤ `100`, instead was `{size}`.")
    return size


def _order(sorts: list[dict[str, Any]] | None) -> tuple[Callable[[Row], Any], bool]:
    """The key that rows are sorted by and whether the greatest comes first; newest first when nothing is asked for."""
    wanted = sorts or [{"timestamp": "created_time", "direction": "descending"}]
    directions = {sort.get("direction") for sort in wanted}
    if len(directions) != 1 or any(sort.get("timestamp") not in TIMESTAMPS for sort in wanted):
        raise Refused("body failed validation: rows are sorted by timestamps in one direction here")
    return attrgetter(*(TIMESTAMPS[sort["timestamp"]] for sort in wanted), "id"), "descending" in directions


def _filter(wanted: dict[str, Any] | None) -> Callable[[Row], bool]:
    if not wanted:
        return lambda row: True
    if "and" in wanted:
        parts = [_filter(part) for part in wanted["and"]]
        return lambda row: all(part(row) for part in parts)
    name = wanted.get("timestamp")
    if name not in TIMESTAMPS or not isinstance(wanted.get(name), dict):
        raise Refused("body failed validation: only timestamps are filtered by here")
    (word, limit), *_ = wanted[name].items()
    if word not in COMPARE:
        raise Refused(f"body failed validation: body.filter.{name}.{word} should be not present")
    at = datetime.fromisoformat(limit)
    return lambda row: COMPARE[word](getattr(row, TIMESTAMPS[name]), at)
