"""The table of failed tasks."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.runs.tables import EXTRA, EXTRA_END
from dashboards.shell.tables import AgeColumn, CodeColumn, Column, NumberColumn, Table
from domains.orchestration import reads

TASKS = {
    "domains.orchestration.tasks.wake": "Wake-up of a worker",
    "domains.orchestration.tasks.tick": "Tick of the clock",
}
"""What the queue's functions are for people."""


def task_title(func: str) -> str:
    """What the task is, in words where they are known."""
    return TASKS.get(func, func)


class FailedTaskTable(Table):
    """Failed tasks; what each was links to its page."""

    default_columns = ("func", "error", "attempt_count", "stopped")

    func = Column(verbose_name="Task", attrs={"td": {"class": "run-name"}})
    error = Column(accessor="pk", verbose_name="What went wrong", orderable=False, attrs={"td": {"class": "wrap"}})
    attempt_count = NumberColumn(verbose_name="Attempts", attrs=EXTRA_END)
    started = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    stopped = AgeColumn(verbose_name="When", initial_sort_descending=True)
    cluster = Column(verbose_name="Cluster", attrs=EXTRA)
    id = CodeColumn(attrs=EXTRA)

    def render_func(self, value: str, record: Any) -> SafeString:
        """What it was, as a link."""
        return format_html('<a href="{}">{}</a>', reverse("failed_task", args=[record.pk]), task_title(value))

    def value_func(self, value: str) -> str:
        """The function's name, for exports."""
        return value

    def render_error(self, record: Any) -> str:
        """The last line of what it left behind."""
        return reads.task_error(record)

    def value_error(self, record: Any) -> str:
        """The same, for exports."""
        return reads.task_error(record)
