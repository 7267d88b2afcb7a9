"""Bulk actions: what can be done with many rows of a list at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.validators import ProhibitNullCharactersValidator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from domains.permissions.access import Access

MAX_CHOSEN = 1000


@dataclass(frozen=True, slots=True)
class BulkAction:
    """`run(request, rows)` gets the chosen rows as a queryset and answers with a sentence for the toast.

    `confirm` is a question such as "Cancel these runs?"; with it a page asks before anything happens. `{n}` in it
    becomes the number of rows, `{s}` an "s" unless that is one.
    """

    name: str
    label: str
    icon: str
    access: Access
    run: Callable[[HttpRequest, Any], str | None]
    confirm: str = ""
    danger: bool = False


def chosen_rows(rows: QuerySet[Any], data: QueryDict, id_field: str) -> QuerySet[Any]:
    """The rows that the form names: those ticked, or all that the filters match when "all" was ticked.

    Raises ValidationError for what the column cannot hold, so that the database is not asked for it.
    """
    if data.get("_all"):
        return rows
    column: Any = rows.model._meta.pk if id_field == "pk" else rows.model._meta.get_field(id_field)
    without_nul = ProhibitNullCharactersValidator()
    ids = data.getlist("id")[:MAX_CHOSEN]
    for given in ids:
        without_nul(given)
        column.clean(given, None)
    return rows.filter(**{f"{id_field}__in": ids}) if ids else rows.none()
