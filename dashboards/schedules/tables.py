"""The table of schedules."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.runs.tables import EXTRA
from dashboards.schedules.words import times_in_words
from dashboards.shell.tables import CodeColumn, Column, MomentColumn, Table
from dashboards.shell.templatetags.shell import state_tag


def schedule_url(record: Any) -> str:
    """The page of a schedule."""
    return reverse("schedule", args=[record.uuid])


class ScheduleTable(Table):
    """Schedules; the name links to the schedule's page, the last run to the run's."""

    default_columns = ("name", "when", "runs", "application", "state", "next_run", "last_run", "last_error")

    name = Column(linkify=schedule_url)
    when = Column(accessor="cron", verbose_name="When", empty_values=(), orderable=False, attrs=EXTRA)
    runs = Column(accessor="run_title", order_by=("orchestrator", "method"), attrs=EXTRA)
    application = Column(attrs=EXTRA)
    state = Column(accessor="paused", order_by="paused", empty_values=())
    next_run = MomentColumn(verbose_name="Next", attrs={"td": {"class": "wrap"}})
    last_run = Column(accessor="last_run", orderable=False, attrs=EXTRA)
    last_error = Column(verbose_name="Last fault", attrs=EXTRA)
    queue = Column(attrs=EXTRA)
    cron = CodeColumn(attrs=EXTRA)
    time_zone = Column(attrs=EXTRA)

    def render_when(self, record: Any) -> str:
        """The times in words."""
        return times_in_words(record.cron, record.interval_s, record.time_zone)

    def value_when(self, record: Any) -> str:
        """The same, for exports."""
        return self.render_when(record)

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
