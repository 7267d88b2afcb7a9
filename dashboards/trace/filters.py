"""The filters of the list of features."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import ChoiceFilter

from dashboards.shell.filters import FilterSet
from domains.trace import reads


class FeatureFilters(FilterSet):
    """By application, status and what a feature is related to; the choices are those of the current snapshot."""

    search_fields = ("search",)

    app = ChoiceFilter(label="Application", method="linked")
    status = ChoiceFilter(label="Status")
    tier = ChoiceFilter(label="Tier", method="linked")
    tag = ChoiceFilter(label="Tag", method="linked")
    gateway = ChoiceFilter(label="Gateway", method="linked")

    def get_form_class(self) -> Any:
        """The form, its choices asked for once."""
        for name, choices in reads.feature_choices().items():
            self.filters[name].extra["choices"] = choices
        return super().get_form_class()

    def linked(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Features that lead to the chosen row."""
        return reads.linked_features(rows, "application" if name == "app" else name, value)
