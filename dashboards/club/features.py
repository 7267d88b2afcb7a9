"""The list of features."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_filters import BooleanFilter, ChoiceFilter, RangeFilter
from django_tables2 import Column as PlainColumn

from dashboards.club import words
from dashboards.shell.filters import FilterSet
from dashboards.shell.list_page import ListPage
from dashboards.shell.tables import AgeColumn, CodeColumn, Column, NumberColumn, Table
from dashboards.shell.templatetags.shell import icon
from domains.applications import reads as applications
from domains.club import reads

WIDE = {"th": {"class": "extra end"}, "td": {"class": "extra end num"}}
ACTIVE = [("true", "Active"), ("false", "No longer collected")]


def feature_url(record: Any) -> str:
    """The page of a point's feature."""
    return reverse("club_feature", args=[record.feature.application, record.feature.slug])


class ShareColumn(NumberColumn):
    """Shares of the whole, in percent on the page, as they are in exports."""

    def render(self, value: float) -> str:
        """Percent."""
        return words.share(value)


class GiniColumn(NumberColumn):
    """Gini coefficients, with two digits on the page."""

    def render(self, value: float) -> str:
        """Two digits."""
        return f"{value:.2f}"


class AmountColumn(NumberColumn):
    """Scores."""

    def render(self, value: float) -> str:
        """With separators."""
        return words.amount(value)


class FeatureTable(Table):
    """Features as they stood when they were last collected."""

    default_columns = ("name", "application", "members", "contributions", "top_share", "gini", "new", "day")

    name = Column(accessor="feature__name", linkify=feature_url, attrs={"td": {"class": "name"}})
    slug = CodeColumn(accessor="feature__slug")
    application = Column(accessor="feature__application")
    members = NumberColumn(initial_sort_descending=True)
    contributions = AmountColumn(initial_sort_descending=True)
    top_share = ShareColumn(verbose_name="Top ten have", initial_sort_descending=True, attrs=WIDE)
    gini = GiniColumn(initial_sort_descending=True, attrs=WIDE)
    new = NumberColumn(initial_sort_descending=True, attrs=WIDE)
    returning = NumberColumn(initial_sort_descending=True, attrs=WIDE)
    day = PlainColumn(accessor="at", verbose_name="Figures of", initial_sort_descending=True)
    collected = AgeColumn(initial_sort_descending=True)

    def render_name(self, value: str, record: Any) -> SafeString | str:
        """The name, and whether it is no longer collected or figures that stand in are in it."""
        if not record.feature.active:
            return format_html('{} <span class="tag">No longer collected</span>', value)
        if not record.stale:
            return value
        since = min(datetime.fromisoformat(at) for at in record.stale.values())
        return format_html(
            '{} <span class="tag warn">{}Stale, of {}</span>', value, icon("clock"), words.day(since.date())
        )

    def value_name(self, value: str) -> str:
        """The name."""
        return value

    def render_day(self, value: date) -> str:
        """The day."""
        return words.day(value)

    def value_day(self, value: date) -> date:
        """The day itself."""
        return value


class FeatureFilters(FilterSet):
    """By application, by how many are present, and whether they are still collected."""

    search_fields = ("feature__name", "feature__slug", "feature__application")
    app = ChoiceFilter(field_name="feature__application", label="Application", choices=applications.application_choices)
    members = RangeFilter(label="Members")
    active = ChoiceFilter(label="State", method="of_state", choices=ACTIVE)
    stale = BooleanFilter(label="Stale", method="of_staleness")

    def of_state(self, rows: Any, name: str, value: str) -> Any:
        """Features that sources are asked about, or are not any longer."""
        return rows.filter(feature__active=value == "true")

    def of_staleness(self, rows: Any, name: str, value: bool) -> Any:
        """Features with figures that stand in for others, or without."""
        return rows.exclude(stale={}) if value else rows.filter(stale={})


class FeaturesPage(ListPage):
    """Every feature that was ever collected, as it stood then."""

    key, title, icon = "club.features", "Community features", "list"
    table_class, filterset_class = FeatureTable, FeatureFilters
    search_label = "Search features"
    empty_text = "No feature has been collected yet."
    empty_action = ("Go to sources", "/club/sources/")
    default_sort = "-contributions"

    def queryset(self) -> Any:
        """The newest point of each feature."""
        return reads.feature_standings()
