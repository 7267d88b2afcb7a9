"""The list of applications."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.shell.tables import AgeColumn, CodeColumn, Column, NumberColumn, StateColumn, Table, TagsColumn
from domains.applications.reads import filter_words


def application_url(record: Any) -> str:
    """The page of an application."""
    return reverse("application", args=[record.slug])


class ApplicationTable(Table):
    """One row an application."""

    name = Column(linkify=application_url)
    slug = CodeColumn(verbose_name="Address")
    state = StateColumn(accessor="active", verbose_name="State", empty_values=())
    features = TagsColumn(orderable=False)
    filters = Column(orderable=False, empty_values=(None,))
    position = NumberColumn()
    version = NumberColumn()
    modified = AgeColumn(verbose_name="Changed")
    created = AgeColumn(verbose_name="Added")

    default_columns = ("name", "slug", "state", "features", "filters", "modified")

    def render_state(self, value: bool) -> SafeString:
        """Active or inactive, with its icon."""
        return StateColumn.render(self.columns["state"].column, _state(value))

    def value_state(self, value: bool) -> str:
        """The word alone."""
        return _state(value)

    def render_filters(self, value: dict[str, Any]) -> SafeString:
        """The data types that have a filter; the filters in words are the title."""
        words = filter_words(value)
        return format_html(
            '<span title="{}">{}</span>',
            "\n".join(f"{data_type}: {said}" for data_type, said in words.items() if data_type in value),
            ", ".join(data_type for data_type in words if data_type in value) or "none",
        )

    def value_filters(self, value: dict[str, Any]) -> dict[str, Any]:
        """The rules themselves."""
        return value


def _state(active: bool) -> str:
    return "active" if active else "inactive"
