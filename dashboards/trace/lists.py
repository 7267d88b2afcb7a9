"""The lists of features, gateways, tiers and tags."""

from __future__ import annotations

from typing import Any

from dashboards.shell.list_page import ListPage
from dashboards.trace.filters import FeatureFilters, GatewayFilters, TagFilters, TierFilters
from dashboards.trace.kinds import KINDS
from dashboards.trace.tables import FeatureTable, KindTable
from domains.trace import reads


class _PublishedRows(ListPage):
    """Rows of one kind of the current snapshot, beside tabs to the other kinds."""

    template_name = "trace/rows.html"
    empty_action = ("Go to exports", "/trace/exports/")
    default_sort = "name"
    kind: str

    def queryset(self) -> Any:
        """The rows that are published now."""
        return reads.kind_list(self.kind)

    def context(self) -> dict[str, Any]:
        """What is published now, and the tabs."""
        return {"publication": reads.current_publication(), "kinds": KINDS.values(), "kind": KINDS[self.kind]}


class FeaturesPage(_PublishedRows):
    """Every feature that is published now."""

    key, kind = "trace.features", "features"
    title, icon = KINDS["features"].title, KINDS["features"].icon
    table_class, filterset_class = FeatureTable, FeatureFilters
    search_label = "Search features"
    empty_text = "No feature has been exported yet."

    def queryset(self) -> Any:
        """Features, which are not counted by use."""
        return reads.feature_list()


class GatewaysPage(_PublishedRows):
    """Every gateway that is published now."""

    key, kind = "trace.gateways", "gateways"
    title, icon = KINDS["gateways"].title, KINDS["gateways"].icon
    table_class, filterset_class = KindTable, GatewayFilters
    search_label = "Search gateways"
    empty_text = "No gateway has been exported yet."


class TiersPage(_PublishedRows):
    """Every tier that is published now."""

    key, kind = "trace.tiers", "tiers"
    title, icon = KINDS["tiers"].title, KINDS["tiers"].icon
    table_class, filterset_class = KindTable, TierFilters
    search_label = "Search tiers"
    empty_text = "No tier has been exported yet."


class TagsPage(_PublishedRows):
    """Every tag that is published now."""

    key, kind = "trace.tags", "tags"
    title, icon = KINDS["tags"].title, KINDS["tags"].icon
    table_class, filterset_class = KindTable, TagFilters
    search_label = "Search tags"
    empty_text = "No tag has been exported yet."
