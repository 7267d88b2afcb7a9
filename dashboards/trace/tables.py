"""The tables of published rows."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.shell.tables import AgeColumn, CodeColumn, Column, NumberColumn, StateColumn, Table, TagsColumn
from dashboards.trace.kinds import row_url

TONES = {"Shipped": "ok", "Beta": "run", "Deprecated": "warn"}


def status_tag(status: str) -> SafeString:
    """A status of the workspace as a tag; those that mean a place on the way have a tone."""
    return format_html('<span class="tag {}">{}</span>', TONES.get(status, ""), status)


class StatusColumn(StateColumn):
    """A status of the workspace."""

    def render(self, value: Any) -> SafeString:
        """The tag."""
        return status_tag(value)


def entry_url(record: Any) -> str:
    """The page of a row."""
    return row_url(record.kind, record.slug)


class FeatureTable(Table):
    """Features of the current snapshot."""

    default_columns = ("name", "applications", "status", "tier", "gateway_count", "tags", "updated")

    name = Column(linkify=entry_url, order_by="sort_name", attrs={"td": {"class": "name"}})
    slug = CodeColumn()
    page_id = CodeColumn(verbose_name="Id", orderable=False)
    applications = TagsColumn(orderable=False, attrs={"td": {"class": "nowrap"}})
    status = StatusColumn()
    tier = Column()
    gateway_count = NumberColumn(verbose_name="Gateways")
    tags = TagsColumn(orderable=False)
    updated = AgeColumn(initial_sort_descending=True)


class KindTable(Table):
    """Gateways, tiers or tags of the current snapshot."""

    default_columns = ("name", "applications", "status", "used", "updated")

    name = Column(linkify=entry_url, order_by="sort_name", attrs={"td": {"class": "name"}})
    slug = CodeColumn()
    page_id = CodeColumn(verbose_name="Id", orderable=False)
    applications = TagsColumn(orderable=False, attrs={"td": {"class": "nowrap"}})
    status = StatusColumn()
    used = NumberColumn(verbose_name="Features", initial_sort_descending=True)
    updated = AgeColumn(initial_sort_descending=True)
