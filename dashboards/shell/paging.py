"""Pages of a list: bounded in size and depth, counted exactly or up to a cap, never by scanning a big table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

MAX_PAGE_SIZE = 200
COUNT_CAP = 10_000


@dataclass(slots=True)
class Page:
    """One page of rows. `total` is None past the cap; `notices` says in words what was asked for in vain."""

    rows: list[Any]
    number: int
    size: int
    total: int | None
    has_next: bool
    notices: list[str] = field(default_factory=list)

    @property
    def total_words(self) -> str:
        """The number of rows: "318", or "10,000+" where counting stopped."""
        return f"{COUNT_CAP:,}+" if self.total is None else f"{self.total:,}"

    @property
    def last(self) -> int | None:
        """Number of the last page, None where counting stopped."""
        return None if self.total is None else max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """Number of the first row on this page, from 1; 0 on an empty page."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        """Number of the last row on this page."""
        return self.first_row + len(self.rows) - 1 if self.rows else 0


def read_page(rows: QuerySet[Any], query: QueryDict, *, default_size: int, capped: bool) -> Page:
    """The page that the query string asks for, or the nearest that exists with a notice saying so.

    A capped list is counted and paged up to 10,000 rows; filters reach the rest.
    """
    notices: list[str] = []
    size = _size(query, default_size, notices)
    total = _count(rows, capped)
    reachable = COUNT_CAP if total is None else total
    last = max(1, -(-reachable // size))
    number = _number(query, last, total is None, notices)
    start = (number - 1) * size
    found = list(rows[start : start + size])
    return Page(found, number, size, total, number < last, notices)


def _count(rows: QuerySet[Any], capped: bool) -> int | None:
    if not capped:
        return rows.count()
    counted = rows.order_by()[: COUNT_CAP + 1].count()
    return None if counted > COUNT_CAP else counted


def _size(query: QueryDict, default: int, notices: list[str]) -> int:
    text = query.get("page_size", "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
        notices.append(f"“{text[:20]}” is no number of rows. Showing {default} rows a page.")
        return default
    if int(text[:9]) > MAX_PAGE_SIZE:
        notices.append(f"A page holds at most {MAX_PAGE_SIZE} rows.")
    return min(int(text[:9]), MAX_PAGE_SIZE)


def _number(query: QueryDict, last: int, capped: bool, notices: list[str]) -> int:
    text = query.get("page", "")
    if not text:
        return 1
    if not text.isascii() or not text.isdigit() or int(text[:9]) < 1:
        notices.append(f"“{text[:20]}” is no page number. Showing the first page.")
        return 1
    if int(text[:9]) > last:
        reach = "Use the filters to reach older rows." if capped else "Showing the last page."
        notices.append(f"There is no page {text[:9]}; the last one is {last:,}. {reach}")
    return min(int(text[:9]), last)


def address(path: str, query: QueryDict, changes: Mapping[str, str]) -> str:
    """The path with these parameters, some of them changed; "" takes one away."""
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value:
            changed[name] = value
    return f"{path}?{changed.urlencode()}" if changed else path
