"""The tables of runs and of schedules."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.shell.tables import (
    AgeColumn,
    CodeColumn,
    Column,
    DurationColumn,
    MomentColumn,
    NumberColumn,
    StateColumn,
    Table,
)
from dashboards.shell.templatetags.shell import state_tag


class ElapsedColumn(DurationColumn):
    """Spans of time, exported in seconds."""

    def render(self, value: timedelta) -> str:
        """The span in words."""
        return super().render(value.total_seconds())

    def value(self, value: timedelta) -> float:
        """Seconds."""
        return round(value.total_seconds(), 3)


class RunTable(Table):
    """Runs; what runs links to its page."""

    default_columns = ("title", "application", "state", "elapsed", "actor_name", "created")

    title = Column(
        verbose_name="Run", linkify=True, order_by=("orchestrator", "method"), attrs={"td": {"class": "nowrap"}}
    )
    application = Column()
    state = StateColumn()
    elapsed = ElapsedColumn(verbose_name="Duration")
    actor_name = Column(verbose_name="Started by")
    created = AgeColumn(verbose_name="Queued", initial_sort_descending=True)
    started = AgeColumn(initial_sort_descending=True)
    ended = AgeColumn(initial_sort_descending=True)
    attempt = NumberColumn(verbose_name="Claims")
    error = Column(accessor="error__message", orderable=False)
    key = CodeColumn()
    uuid = CodeColumn(accessor="uuid__hex", orderable=False)

    def render_state(self, record: Any) -> SafeString:
        """The tag of the stored state: the value given is its label."""
        return state_tag(record.state)

    def value_state(self, record: Any) -> str:
        """The stored state, for exports."""
        return str(record.state)


class ScheduleTable(Table):
    """Schedules; the last run links to its page."""

    default_columns = ("name", "cron", "runs", "application", "state", "next_run", "last_run", "last_error")

    name = Column()
    cron = CodeColumn(verbose_name="Times (UTC)")
    runs = Column(accessor="run_title", order_by=("orchestrator", "method"))
    application = Column()
    state = Column(accessor="paused", order_by="paused", empty_values=())
    next_run = MomentColumn(verbose_name="Next")
    last_run = Column(accessor="last_run", orderable=False)
    last_error = Column(verbose_name="Last fault")

    def render_state(self, value: bool) -> SafeString:
        """Active or paused."""
        return state_tag("paused" if value else "active")

    def value_state(self, value: bool) -> str:
        """Active or paused, for exports."""
        return "paused" if value else "active"

    def render_last_run(self, value: Any) -> SafeString:
        """The state, as a link to the run."""
        return format_html('<a href="{}">{}</a>', value.get_absolute_url(), state_tag(value.state))

    def value_last_run(self, value: Any) -> str:
        """The run's uuid, for exports."""
        return str(value.uuid.hex)
