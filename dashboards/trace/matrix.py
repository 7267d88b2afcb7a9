"""The traceability matrix: which feature leads to which gateway, tier or tag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django_filters import ChoiceFilter

from dashboards.shell.list_page import ListPage
from dashboards.shell.tables import Column, Table
from dashboards.shell.templatetags.shell import icon
from dashboards.trace.filters import FeatureFilters
from dashboards.trace.kinds import KINDS
from dashboards.trace.tables import StatusColumn, entry_url
from domains.trace import reads
from domains.trace.reads import MatrixColumn

MOST_COLUMNS = 40
"""More are shown to whoever chooses them."""
MARK = {"th": {"class": "mark"}, "td": {"class": "mark"}}
COVERAGE = [("some", "With some"), ("none", "With none")]


class MatrixTable(Table):
    """Features against the rows of one kind. Its cells are many, so they are filled without asking each column.

    `slugs` are those of the rows by the names of their columns.
    """

    slugs: ClassVar[Mapping[str, str]] = {}

    @cached_property
    def mark(self) -> SafeString:
        """What stands where there is a link."""
        return icon("check", "yes")

    def cells(self, record: Any, names: Sequence[str]) -> list[Any]:
        """Marks, or nothing; the other columns as ever."""
        return self._filled(record, names, super().cells, (self.mark, ""))

    def values(self, record: Any, names: Sequence[str]) -> list[Any]:
        """True or false; the other columns as ever."""
        return self._filled(record, names, super().values, (True, False))

    def _filled(self, record: Any, names: Sequence[str], others: Any, signs: tuple[Any, Any]) -> list[Any]:
        marks = {mark.target for mark in record.marks}
        plain = [name for name in names if name not in self.slugs]
        found = dict(zip(plain, others(record, plain), strict=True))
        there, not_there = signs
        return [found[name] if name in found else there if self.slugs[name] in marks else not_there for name in names]


def matrix_table(one: str, columns: Sequence[MatrixColumn]) -> type[Table]:
    """A table with a column for each of these rows; of many, those with the most features are shown at first."""
    named = {f"{one}-{column.slug}": column for column in columns}
    first = sorted(named, key=lambda name: (-named[name].used, named[name].name.casefold()))[:MOST_COLUMNS]
    members: dict[str, Any] = {
        "__doc__": "Features against the rows of one kind.",
        "name": Column(linkify=entry_url, order_by="sort_name", attrs={"td": {"class": "name"}}),
        "status": StatusColumn(),
        **{name: Column(verbose_name=column.name, orderable=False, attrs=MARK) for name, column in named.items()},
        "slugs": {name: column.slug for name, column in named.items()},
        "default_columns": ("name", *(name for name in named if name in first)),
    }
    return type("MatrixTable", (MatrixTable,), members)


class MatrixFilters(FeatureFilters):
    """Those of features, and whether they lead to any row of the kind at all."""

    kind: ClassVar[str]

    covered = ChoiceFilter(label="Coverage", method="of_coverage", choices=COVERAGE)

    def of_coverage(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Features that lead to some row of the kind, or to none."""
        return reads.with_marks(rows, self.kind, some=value == "some")


class _MatrixPage(ListPage):
    template_name = "trace/matrix.html"
    icon = "table"
    search_label = "Search features"
    empty_text = "No feature has been exported yet."
    empty_action = ("Go to exports", "/trace/exports/")
    default_sort = "name"
    kind: str

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Make the table, whose columns are rows that are published now."""
        super().setup(request, *args, **kwargs)
        self.all_columns = reads.matrix_columns(self.kind)
        self.table_class = matrix_table(KINDS[self.kind].one, self.all_columns)

    def queryset(self) -> Any:
        """Features with their marks."""
        return reads.matrix_rows(self.kind)

    def context(self) -> dict[str, Any]:
        """The other matrices, and how many columns there are."""
        others = [KINDS[name] for name in ("gateways", "tiers", "tags")]
        return {
            "others": others,
            "kind": KINDS[self.kind],
            "columns": len(self.all_columns),
            "most": MOST_COLUMNS,
        }


class _GatewayFilters(MatrixFilters):
    kind = "gateways"


class _TierFilters(MatrixFilters):
    kind = "tiers"


class _TagFilters(MatrixFilters):
    kind = "tags"


class GatewayMatrixPage(_MatrixPage):
    """Features against gateways."""

    key, kind, title = "trace.matrix.gateways", "gateways", "Features by gateway"
    filterset_class = _GatewayFilters


class TierMatrixPage(_MatrixPage):
    """Features against tiers."""

    key, kind, title = "trace.matrix.tiers", "tiers", "Features by tier"
    filterset_class = _TierFilters


class TagMatrixPage(_MatrixPage):
    """Features against tags."""

    key, kind, title = "trace.matrix.tags", "tags", "Features by tag"
    filterset_class = _TagFilters
