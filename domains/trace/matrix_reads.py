"""Questions of the traceability matrix: features against gateways, tiers or tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from domains.trace import rules
from domains.trace.entry_reads import feature_list, kind_list
from domains.trace.models import Entry
from domains.trace.service import links


@dataclass(frozen=True, slots=True)
class MatrixColumn:
    """A gateway, tier or tag, and how many features lead to it."""

    slug: str
    name: str
    used: int


def matrix_columns(kind: str) -> list[MatrixColumn]:
    """Every row of the kind that is published now, by name, in one query."""
    found: QuerySet[Any] = kind_list(kind).order_by("sort_name", "pk")
    return [MatrixColumn(row.slug, row.name, row.used) for row in found]


def matrix_rows(kind: str) -> QuerySet[Entry]:
    """Features of the current snapshot, each with `marks`, its links to rows of the kind, in two queries."""
    marks = links.filter(kind=rules.DATA_TYPES[kind]).only("entry_id", "target")
    return feature_list().prefetch_related(Prefetch("links", queryset=marks, to_attr="marks"))


def with_marks(rows: QuerySet[Any], kind: str, *, some: bool) -> QuerySet[Any]:
    """Those of the features that lead to some row of the kind, or to none."""
    leading = links.filter(kind=rules.DATA_TYPES[kind]).values("entry_id")
    return rows.filter(pk__in=leading) if some else rows.exclude(pk__in=leading)
