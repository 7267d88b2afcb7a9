"""The filters of the lists of published rows and of the matrix."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import ChoiceFilter

from dashboards.shell.filters import FilterSet
from domains.applications import reads as applications
from domains.trace import reads

USES = [("used", "By some feature"), ("unused", "By none")]


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


class KindFilters(FilterSet):
    """Gateways, tiers or tags by application, status and whether features use them."""

    search_fields = ("search",)
    kind: ClassVar[str]

    app = ChoiceFilter(label="Application", method="linked", choices=applications.application_choices)
    status = ChoiceFilter(label="Status")
    used = ChoiceFilter(label="Used", method="of_use", choices=USES)

    def get_form_class(self) -> Any:
        """The form, with every status that a row of this kind has."""
        self.filters["status"].extra["choices"] = reads.status_choices(self.kind)
        return super().get_form_class()

    def linked(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows of the chosen application."""
        return reads.linked_features(rows, "application", value)

    def of_use(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Rows that some feature leads to, or none."""
        return rows.filter(used__gt=0) if value == "used" else rows.filter(used=0)


class GatewayFilters(KindFilters):
    """Gateways."""

    kind = "gateways"


class TierFilters(KindFilters):
    """Tiers."""

    kind = "tiers"


class TagFilters(KindFilters):
    """Tags."""

    kind = "tags"
