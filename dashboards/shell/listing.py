"""Listing: what a list page shows for one query string: rows, order, page, chips and notices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from dashboards.shell.filters import Chip, FilterSet
from dashboards.shell.paging import MAX_PAGE_SIZE, Page, address, read_page
from dashboards.shell.tables import Table
from domains.identity.rules import PAGE_SIZES


@dataclass
class Listing:
    """Asks the database for one count and one page of rows, whatever the template reads."""

    request: HttpRequest
    table_class: type[Table]
    filterset: FilterSet
    columns: list[str]
    page_size: int
    capped: bool
    default_sort: str
    id_field: str

    @cached_property
    def query(self) -> QueryDict:
        """The query string without empty values and without the export."""
        clean = QueryDict(mutable=True)
        for key, values in self.request.GET.lists():
            if key != "export" and any(values):
                clean.setlist(key, [value for value in values if value])
        return clean

    @cached_property
    def faults(self) -> list[str]:
        """What is wrong with the filters; nothing is shown then."""
        return self.filterset.faults()

    @cached_property
    def chips(self) -> list[Chip]:
        """The filters in force."""
        return self.filterset.chips(self.query)

    @property
    def filter_count(self) -> int:
        """How many filters are in force, the quick search left out."""
        return len(self.chips) - (1 if self.query.get("q") else 0)

    @cached_property
    def sort(self) -> str:
        """The column that orders the rows, "-" before it for descending; "" for the list's own order."""
        wanted = self.query.get("sort", "")
        return wanted if wanted and wanted.lstrip("-") in self._sortable else self.default_sort

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """Every row that the filters match, in order."""
        rows: QuerySet[Any] = self.filterset.queryset.none() if self.faults else self.filterset.qs
        if not self.sort:
            return rows
        ordered: QuerySet[Any] = self._build(rows, self.sort).data.data
        # Rows that the column cannot tell apart still need one order, or paging shows some twice and others never.
        return ordered.order_by(*ordered.query.order_by, "pk")

    @cached_property
    def page(self) -> Page:
        """The page of rows."""
        return read_page(self.rows, self.query, default_size=self.page_size, capped=self.capped)

    @cached_property
    def table(self) -> Table:
        """The table of this page; columns that are not chosen are hidden."""
        return self._build(self.page.rows, "")

    @cached_property
    def headers(self) -> list[dict[str, Any]]:
        """Heading of each shown column: label, link that sorts by it, and how it is sorted now."""
        return [self._header(name) for name in self.columns]

    @cached_property
    def lines(self) -> list[tuple[str, list[tuple[str, Any]]]]:
        """Of each row its id and its cells, each with the class of its column."""
        classes = {name: self.table.columns[name].column.attrs.get("td", {}).get("class", "") for name in self.columns}
        names = [classes[name] for name in self.columns]
        return [
            (str(getattr(record, self.id_field)), list(zip(names, self.table.cells(record, self.columns), strict=True)))
            for record in self.page.rows
        ]

    @cached_property
    def notices(self) -> list[str]:
        """What was asked for in vain, in words."""
        found = [f"There is no filter “{key[:40]}”; it was ignored." for key in self.filterset.unknown()[:5]]
        wanted = self.query.get("sort", "")
        if wanted and wanted.lstrip("-") not in self._sortable:
            found.append(f"This list cannot be sorted by “{wanted[:40]}”.")
        return found + self.page.notices

    @property
    def status(self) -> str:
        """The result in one sentence, for the live region."""
        if not self.page.rows:
            return "No rows."
        return f"Rows {self.page.first_row:,} to {self.page.last_row:,} of {self.page.total_words}."

    @property
    def page_sizes(self) -> list[int]:
        """The sizes offered."""
        return sorted({*PAGE_SIZES, min(self.page.size, MAX_PAGE_SIZE)})

    def url(self, **changes: str) -> str:
        """This list's address with some parameters changed; "" takes one away."""
        return address(self.request.path, self.query, changes)

    @property
    def previous_url(self) -> str:
        """The page before."""
        return self.url(page=str(self.page.number - 1) if self.page.number > 2 else "")

    @property
    def next_url(self) -> str:
        """The page after."""
        return self.url(page=str(self.page.number + 1))

    @property
    def clear_url(self) -> str:
        """The list without filters, in the same order."""
        sort = self.query.get("sort", "")
        return (
            f"{self.request.path}?sort={sort}" if sort in (self.sort, f"-{self.sort}") and sort else self.request.path
        )

    @property
    def csv_url(self) -> str:
        """Everything that is filtered, as CSV."""
        return self.url(export="csv", page="", page_size="")

    @property
    def json_url(self) -> str:
        """Everything that is filtered, as JSON."""
        return self.url(export="json", page="", page_size="")

    @cached_property
    def _sortable(self) -> set[str]:
        return {column.name for column in self._build([], "").columns.iterorderable()}

    def _build(self, rows: Any, sort: str) -> Table:
        return self.table_class(rows, order_by=sort or None)

    def _header(self, name: str) -> dict[str, Any]:
        column = self.table.columns[name]
        state = ""
        if self.sort.removeprefix("-") == name:
            state = "descending" if self.sort.startswith("-") else "ascending"
        next_sort = (
            f"-{name}" if state == "ascending" or (not state and column.column.initial_sort_descending) else name
        )
        return {
            "name": name,
            "label": column.header,
            "class": column.column.attrs.get("th", {}).get("class", ""),
            "state": state,
            "href": self.url(sort=next_sort, page="") if name in self._sortable else "",
        }
