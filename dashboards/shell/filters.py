"""FilterSet: the filters of a list page, with quick search, chips, and faults in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import strip_tags

from dashboards.shell.forms import dress
from domains.base.search import text_search

MAX_TEXT = 200
FIRST_YEAR, LAST_YEAR = 1900, 2200
RESERVED = {"page", "page_size", "sort", "export"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is in force; `query` is the page's query string without it."""

    label: str
    value: str
    query: str


class FilterSet(django_filters.FilterSet):  # type: ignore[misc]
    """Declare filters by hand. `search_fields` names the columns that the quick search `q` looks into."""

    search_fields: ClassVar[tuple[str, ...]] = ()
    q = django_filters.CharFilter(method="quick_search", label="Search", max_length=MAX_TEXT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dress(self.form)
        for field in self.form.fields.values():
            field.error_messages["invalid_choice"] = "“%(value)s” is not one of the choices."
            for part in getattr(field, "fields", None) or [field]:
                _bound_dates(part)

    def quick_search(self, rows: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        """Rows that hold every word. Override where a list searches otherwise."""
        return text_search(rows, self.search_fields, text) if self.search_fields else rows

    def faults(self) -> list[str]:
        """What is wrong with the values given, each fault naming its filter; empty when all is well."""
        if self.form.is_valid():
            return []
        return [
            f"{self.form.fields[name].label or name}: {strip_tags(str(fault))}"
            for name, faults in self.form.errors.items()
            for fault in faults
            if name in self.form.fields
        ]

    def unknown(self) -> list[str]:
        """Parameters that no filter and no part of a list page knows."""
        return [key for key in self.data if key not in RESERVED and self._filter_of(key) is None]

    def panel_fields(self) -> list[Any]:
        """The bound fields of the filters panel: all but the quick search."""
        return [self.form[name] for name in self.form.fields if name != "q"]

    def chips(self, query: QueryDict) -> list[Chip]:
        """One chip for each value in force, in the order of the filters."""
        return [chip for name in self.form.fields for chip in self._chips_of(name, query)]

    def _chips_of(self, name: str, query: QueryDict) -> Iterator[Chip]:
        keys = [key for key in query if self._filter_of(key) == name]
        field = self.form.fields[name]
        choices = {str(value): str(label) for value, label in _choices(field)}
        label = str(field.label or name)
        for key in keys:
            for value in query.getlist(key):
                suffix = key[len(name) :].strip("_")
                words = f"{_WORDS.get(suffix, suffix)} {choices.get(value, value)}".strip()
                yield Chip(label, words, _without(query, key, value))

    def _filter_of(self, key: str) -> str | None:
        names = self.form.fields
        if key in names:
            return key
        return next((name for name in names if key.startswith(f"{name}_") and key[len(name) + 1 :] in _WORDS), None)


_WORDS = {"after": "from", "before": "to", "min": "at least", "max": "at most", "0": "", "1": ""}


def _bound_dates(field: forms.Field) -> None:
    """Keep dates where every time zone can still reckon with them."""
    if isinstance(field, (forms.DateField, forms.DateTimeField)):
        field.validators = [*field.validators, _check_year]


def _check_year(moment: date) -> None:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.")


def _choices(field: forms.Field) -> Any:
    # Asked with "is None", since an iterator over choices that a function gives has no length.
    for holder in (field, field.widget):
        if (choices := getattr(holder, "choices", None)) is not None:
            return choices
    return ()


def _without(query: QueryDict, key: str, value: str) -> str:
    left = query.copy()
    left.setlist(key, [other for other in query.getlist(key) if other != value])
    if not left.getlist(key):
        del left[key]
    left.pop("page", None)
    return left.urlencode()
