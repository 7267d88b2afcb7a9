"""The filters of the lists of collections and of their parts."""

from __future__ import annotations

from typing import Any

from django_filters import CharFilter, ChoiceFilter, DateFromToRangeFilter

from dashboards.shell.filters import FilterSet
from domains.applications import reads as applications
from domains.club import reads

HERO = "-"
"""Stands for the hero metrics among the slugs of features."""


class CollectionFilters(FilterSet):
    """By what they were about, how they stand, who started them and when."""

    search_fields = ("application", "feature", "actor_name")

    state = ChoiceFilter(label="State", choices=reads.collection_states)
    app = ChoiceFilter(field_name="application", label="Application", choices=applications.application_choices)
    feature = ChoiceFilter(label="Feature", choices=reads.feature_names)
    actor = CharFilter(field_name="actor_name", lookup_expr="icontains", label="By", max_length=150)
    started = DateFromToRangeFilter(label="Started")


class PartFilters(FilterSet):
    """By how they stand, their source, their application and their feature."""

    search_fields = ("source_name", "application", "feature", "error")

    state = ChoiceFilter(label="State", choices=reads.part_states)
    app = ChoiceFilter(field_name="application", label="Application", choices=applications.application_choices)
    feature = ChoiceFilter(
        label="Feature", method="of_feature", choices=lambda: [(HERO, "Hero metrics"), *reads.feature_names()]
    )
    differs = ChoiceFilter(label="Difference", method="of_difference", choices=[("yes", "Some"), ("no", "None")])

    def of_feature(self, rows: Any, name: str, value: str) -> Any:
        """Parts about one feature, or about the hero metrics."""
        return rows.filter(feature="" if value == HERO else value)

    def of_difference(self, rows: Any, name: str, value: str) -> Any:
        """Parts whose rows differ from the reading before, or do not."""
        same = {"added": 0, "changed": 0, "removed": 0}
        return rows.exclude(**same) if value == "yes" else rows.filter(**same)
