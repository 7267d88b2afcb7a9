"""The list of changes."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.audit.objects import action_words
from dashboards.shell.tables import CodeColumn, Column, MomentColumn, Table

SHOWN_FIELDS = 3


class EventTable(Table):
    """One row a change."""

    at = MomentColumn(verbose_name="When", order_by=("id",), initial_sort_descending=True)
    actor_name = Column(verbose_name="Who", orderable=False)
    action = Column(verbose_name="What", orderable=False)
    object_name = Column(verbose_name="Object", orderable=False)
    fields = Column(verbose_name="Fields", empty_values=(), orderable=False, accessor="pk")
    application = CodeColumn(orderable=False)
    object_type = Column(verbose_name="Kind of object", orderable=False)
    run_uuid = Column(verbose_name="Run", orderable=False)
    request_id = CodeColumn(verbose_name="Request", orderable=False)
    object_id = CodeColumn(verbose_name="Object's id", orderable=False)

    default_columns = ("at", "actor_name", "action", "object_name", "fields", "application", "run_uuid")

    def render_action(self, value: str, record: Any) -> SafeString:
        """What was done, leading to the page of the change."""
        return format_html(
            '<a class="nowrap" href="{}">{}</a>', reverse("event", args=[record.uuid]), action_words(value)
        )

    def value_action(self, value: str) -> str:
        """The action's own name."""
        return value

    def render_fields(self, record: Any) -> SafeString:
        """Names of the first fields that changed, and how many more there are."""
        names = [name.replace("_", " ").replace(".", ": ") for name in _fields(record)]
        more = f" and {len(names) - SHOWN_FIELDS} more" if len(names) > SHOWN_FIELDS else ""
        return format_html('<span class="least">{}</span>', ", ".join(names[:SHOWN_FIELDS]) + more or "–")

    def value_fields(self, record: Any) -> list[str]:
        """The names as a list."""
        return _fields(record)

    def render_run_uuid(self, value: str) -> SafeString:
        """The run that made the change."""
        return format_html('<a href="{}"><code>{}</code></a>', reverse("run", args=[value]), value[:8])

    def value_run_uuid(self, value: str) -> str:
        """The run's uuid."""
        return value


def _fields(record: Any) -> list[str]:
    return sorted({**(record.before or {}), **(record.after or {})})
