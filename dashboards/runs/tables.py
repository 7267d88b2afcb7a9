"""The table of runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from dashboards.shell.tables import AgeColumn, CodeColumn, Column, DurationColumn, NumberColumn, StateColumn, Table
from dashboards.shell.templatetags.shell import ago, state_tag

EXTRA = {"th": {"class": "extra"}, "td": {"class": "extra"}}
"""Columns that small screens leave out."""
EXTRA_END = {"th": {"class": "extra end"}, "td": {"class": "extra end num"}}
WRONG = ("rolled_back", "rollback_failed", "dead", "blocked")
WHY = 90
"""Characters of the reason that stand in the list."""
WAITS = {"children": "for its child runs", "turn": "for its turn"}


class ElapsedColumn(DurationColumn):
    """Spans of time, exported in seconds."""

    def render(self, value: timedelta) -> str:
        """The span in words."""
        return super().render(value.total_seconds())

    def value(self, value: timedelta) -> float:
        """Seconds."""
        return round(value.total_seconds(), 3)


def waiting_words(run: Any) -> SafeString:
    """What a waiting run waits for and until when; nothing for others."""
    if run.cancel_requested and run.is_active:
        return format_html('<span class="muted small">{}</span>', "being cancelled")
    if run.state != "waiting":
        return SafeString("")
    if run.waits_for == "retry":
        return format_html('<span class="muted small">tries again {}</span>', ago(run.retry_at))
    if run.waits_for == "children" and run.pending_children:
        many = "" if run.pending_children == 1 else "s"
        return format_html('<span class="muted small">for {} child run{}</span>', f"{run.pending_children:,}", many)
    return format_html('<span class="muted small">{}</span>', WAITS.get(run.waits_for, ""))


def why(run: Any) -> SafeString:
    """What went wrong with a run that did not succeed, shortened; nothing for others and for cancelled ones."""
    message = str((run.error or {}).get("message", "")) if run.state in WRONG else ""
    return format_html('<span class="why">{}</span>', Truncator(message).chars(WHY)) if message else SafeString("")


class RunTable(Table):
    """Runs; what runs links to its page."""

    default_columns = ("title", "application", "state", "elapsed", "attempt", "queue", "actor_name", "created")

    title = Column(verbose_name="Run", order_by=("orchestrator", "method"), attrs={"td": {"class": "run-name"}})
    application = Column(attrs=EXTRA)
    state = StateColumn()
    elapsed = ElapsedColumn(verbose_name="Duration", attrs=EXTRA_END)
    attempt = NumberColumn(verbose_name="Attempts", attrs=EXTRA_END)
    queue = Column(attrs=EXTRA)
    priority = NumberColumn(attrs=EXTRA_END)
    actor_name = Column(verbose_name="Started by", attrs=EXTRA)
    created = AgeColumn(verbose_name="Queued", initial_sort_descending=True)
    started = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    ended = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    parent = Column(verbose_name="Child of", orderable=False, attrs=EXTRA)
    orchestrator = Column(attrs=EXTRA)
    method = Column(attrs=EXTRA)
    error = Column(accessor="error__message", orderable=False, attrs=EXTRA)
    key = CodeColumn(attrs=EXTRA)
    uuid = CodeColumn(accessor="uuid__hex", orderable=False, attrs=EXTRA)

    def render_title(self, value: str, record: Any) -> SafeString:
        """The name as a link; of a child run with its parent, of one that went wrong with the reason."""
        link = format_html('<a href="{}">{}</a>', record.get_absolute_url(), value)
        if record.parent_id:
            parent = format_html('<a href="{}">{}</a>', record.parent.get_absolute_url(), record.parent.title)
            link = format_html('{} <span class="muted small">child of {}</span>', link, parent)
        return format_html("{}{}", link, why(record))

    def value_title(self, value: str) -> str:
        """The name, for exports."""
        return value

    def render_state(self, record: Any) -> SafeString:
        """The tag of the stored state, since the value given is its label, and what is waited for."""
        return format_html("{} {}", state_tag(record.state), waiting_words(record))

    def value_state(self, record: Any) -> str:
        """The stored state, for exports."""
        return str(record.state)

    def render_queue(self, record: Any) -> SafeString:
        """The queue, and the priority where it is not the usual one."""
        rank = format_html(' <span class="muted small">priority {}</span>', record.priority) if record.priority else ""
        return format_html("{}{}", record.get_queue_display(), rank)

    def value_queue(self, record: Any) -> str:
        """The queue's name, for exports."""
        return str(record.queue)

    def render_parent(self, value: Any) -> SafeString:
        """The parent's name as a link."""
        return format_html('<a href="{}">{}</a>', value.get_absolute_url(), value.title)

    def value_parent(self, value: Any) -> str:
        """The parent's uuid, for exports."""
        return str(value.uuid.hex)
