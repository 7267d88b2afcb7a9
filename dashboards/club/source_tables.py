"""The list of sources: its table and its filters."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_filters import ChoiceFilter

from dashboards.shell.filters import FilterSet
from dashboards.shell.tables import AgeColumn, Column, NumberColumn, StateColumn, Table, TagsColumn
from dashboards.shell.templatetags.shell import ago, state_tag
from domains.applications import reads as applications
from domains.club import reads

EXTRA = {"th": {"class": "extra"}, "td": {"class": "extra"}}
EXTRA_END = {"th": {"class": "extra end"}, "td": {"class": "extra end num"}}
MOST_TAGS = 6


def source_url(record: Any) -> str:
    """The page of a source."""
    return reverse("club_source", args=[record.uuid])


class SourceTable(Table):
    """One row a source."""

    default_columns = ("name", "application", "kind", "standing", "features", "last_read", "modified")

    name = Column(linkify=source_url, attrs={"td": {"class": "name"}})
    application = Column()
    kind = Column(attrs=EXTRA)
    standing = StateColumn(verbose_name="State")
    features = TagsColumn(orderable=False, attrs=EXTRA, empty_values=(None,))
    tested = Column(accessor="report", verbose_name="Last test", orderable=False, empty_values=(), attrs=EXTRA)
    last_read = AgeColumn(verbose_name="Last read", initial_sort_descending=True)
    failing_since = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    has_secret = Column(verbose_name="Secret", orderable=False, attrs=EXTRA)
    version = NumberColumn(attrs=EXTRA_END)
    modified = AgeColumn(verbose_name="Changed", initial_sort_descending=True, attrs=EXTRA)
    created = AgeColumn(verbose_name="Added", initial_sort_descending=True, attrs=EXTRA)

    def render_kind(self, value: str) -> str:
        """The kind's title."""
        return reads.kind_title(value)

    def value_kind(self, value: str) -> str:
        """The kind's name."""
        return value

    def render_standing(self, value: str, record: Any) -> SafeString:
        """The tag, and since when it fails."""
        since = format_html(' <span class="muted small">since {}</span>', ago(record.failing_since))
        return format_html("{}{}", state_tag(value), since if value == "failing" else "")

    def value_standing(self, value: str) -> str:
        """The state's name."""
        return value

    def render_features(self, value: list[dict[str, Any]]) -> SafeString | str:
        """The first few slugs, and how many more there are."""
        slugs = self.value_features(value)
        if not slugs:
            return SafeString('<span class="muted">none</span>')
        more = len(slugs) - MOST_TAGS
        shown = slugs[:MOST_TAGS] + ([f"{more} more"] if more > 0 else [])
        return TagsColumn.render(self.columns["features"].column, shown)

    def value_features(self, value: list[dict[str, Any]]) -> list[str]:
        """The slugs."""
        return [each["slug"] for each in value]

    def render_tested(self, value: dict[str, Any] | None) -> SafeString:
        """Whether the last test went well."""
        if not value:
            return SafeString('<span class="muted">not tested</span>')
        return state_tag("pass" if value.get("ok") else "fail")

    def value_tested(self, value: dict[str, Any] | None) -> bool | None:
        """The same as true, false or nothing."""
        return bool(value.get("ok")) if value else None

    def render_has_secret(self, value: bool) -> str:
        """Whether one is stored."""
        return "stored" if value else "none"

    def value_has_secret(self, value: bool) -> bool:
        """The same as true or false."""
        return value


class SourceFilters(FilterSet):
    """By application, kind and state."""

    search_fields = ("name", "application", "kind")

    app = ChoiceFilter(field_name="application", label="Application", choices=applications.application_choices)
    kind = ChoiceFilter(label="Kind", choices=reads.kind_choices)
    standing = ChoiceFilter(label="State", choices=reads.standing_choices)
