"""The table of the API log, and how answers are shown."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.shell.tables import Column, MomentColumn, NumberColumn, StateColumn, Table

WIDE = {"th": {"class": "extra end"}, "td": {"class": "extra end num"}}


def answer_tag(status: int) -> SafeString:
    """An HTTP status as a tag in the tone of its class."""
    tone = "bad" if status >= 500 else "warn" if status >= 400 else "" if status == 304 else "ok"
    return format_html('<span class="tag {}">{}</span>', tone, status)


def millis(value: float | None) -> str:
    """Milliseconds with three digits, seconds where there are many; a dash for none."""
    if value is None:
        return "–"
    return f"{value:,.3g} ms" if value < 1000 else f"{value / 1000:,.1f} s"


class MillisColumn(NumberColumn):
    """Seconds, shown in milliseconds, exported in seconds."""

    def render(self, value: float) -> str:
        """Three digits are enough."""
        return millis(1000 * value)


class LogTable(Table):
    """Buckets of alike requests."""

    default_columns = ("at", "service", "endpoint", "application", "status", "outcome", "requests", "mean", "slowest")

    at = MomentColumn(verbose_name="From", initial_sort_descending=True)
    service = Column()
    endpoint = Column()
    application = Column()
    status = StateColumn()
    outcome = Column()
    requests = NumberColumn(initial_sort_descending=True)
    mean = MillisColumn(verbose_name="On average", initial_sort_descending=True, attrs=WIDE)
    slowest = MillisColumn(initial_sort_descending=True, attrs=WIDE)
    ms1 = NumberColumn(verbose_name="Within 1 ms", attrs=WIDE)
    ms10 = NumberColumn(verbose_name="Within 10 ms", attrs=WIDE)
    ms100 = NumberColumn(verbose_name="Within 100 ms", attrs=WIDE)
    ms1000 = NumberColumn(verbose_name="Within 1 s", attrs=WIDE)

    def render_status(self, value: int) -> SafeString:
        """The status as a tag."""
        return answer_tag(value)
