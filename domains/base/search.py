"""Quick search over text columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)
MAX_WORDS = 8


def text_search(rows: QuerySet[M], fields: Sequence[str], text: str) -> QuerySet[M]:
    """The rows in which every word of `text` (its first 8) stands in at least one of the fields, case ignored."""
    for word in text.split()[:MAX_WORDS]:
        any_field = Q()
        for field in fields:
            any_field |= Q(**{f"{field}__icontains": word})
        rows = rows.filter(any_field)
    return rows
