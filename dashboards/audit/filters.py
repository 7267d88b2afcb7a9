"""The filters of the list of changes."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms

from dashboards.audit.objects import action_words
from dashboards.shell.filters import FilterSet
from domains.audit.reads import known_values


class _Offered(forms.Select):
    """A list of the values that stand in a column; a link may ask for one that is not among them."""

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        """The choices, asked for when the control is drawn."""
        known = known_values(self.column)
        asked = [text for text in value if text and text not in known]
        self.choices = [("", "Any"), *((text, self.label_of(text)) for text in (*known, *asked))]
        return super().optgroups(name, value, attrs)

    def label_of(self, text: str) -> str:
        """How a value reads."""
        return action_words(text) if self.column == "action" else text


def _column(column: str, label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(field_name=column, label=label, max_length=150, widget=_Offered(column))


class EventFilter(FilterSet):
    """Who, what, which object, which application, and when (days in the viewer's time zone)."""

    search_fields = ("object_name", "actor_name", "action", "request_id")
    actor = _column("actor_name", "Who")
    action = _column("action", "What")
    object_type = _column("object_type", "Kind of object")
    object = django_filters.CharFilter(field_name="object_id", label="Object's id", max_length=64)
    application = _column("application", "Application")
    run = django_filters.CharFilter(field_name="run_uuid", label="Run", max_length=36)
    at = django_filters.DateFromToRangeFilter(
        label="When", widget=django_filters.widgets.DateRangeWidget(attrs={"type": "date"})
    )
