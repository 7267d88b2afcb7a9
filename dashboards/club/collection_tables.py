"""The tables of collections and of their parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dashboards.shell import figures
from dashboards.shell.tables import (
    AgeColumn,
    Column,
    DurationColumn,
    MomentColumn,
    NumberColumn,
    StateColumn,
    Table,
)
from dashboards.shell.templatetags.shell import ago, state_tag

EXTRA = {"th": {"class": "extra"}, "td": {"class": "extra"}}
EXTRA_END = {"th": {"class": "extra end"}, "td": {"class": "extra end num"}}
HERO = "Hero metrics"
"""What a part is called that is not about a feature."""


class SizeColumn(NumberColumn):
    """Bytes in SI units. Exported in bytes."""

    def render(self, value: float) -> str:
        """The size in words."""
        return figures.size(value)


class SpanColumn(DurationColumn):
    """Spans of time. Exported in seconds."""

    def render(self, value: timedelta) -> str:
        """The span in words."""
        return super().render(value.total_seconds())

    def value(self, value: timedelta) -> float:
        """Seconds."""
        return round(value.total_seconds(), 3)


class KnownStateColumn(StateColumn):
    """A state by its stored name, since Django hands its label to a cell."""

    def render(self, record: Any) -> SafeString:
        """The tag."""
        return state_tag(record.state)

    def value(self, record: Any) -> str:
        """The stored name."""
        return str(record.state)


def about(record: Any, everything: str = "Every application") -> str:
    """What a collection was about, in words."""
    scope = record.application or everything
    return f"{record.feature}, {scope[0].lower()}{scope[1:]}" if record.feature else scope


def change_words(record: Any) -> SafeString:
    """What differs from the reading before: added, changed and removed rows; a dash for nothing."""
    signs = (("ok", "+", record.added), ("run", "~", record.changed), ("bad", "−", record.removed))
    words = {"+": "added", "~": "changed", "−": "removed"}
    found = [
        format_html(
            '<span class="tag {}" title="{}">{}{}<span class="sr"> {}</span></span>',
            tone,
            words[sign],
            sign,
            figures.thousands(count),
            words[sign],
        )
        for tone, sign, count in signs
        if count
    ]
    if not found:
        return SafeString('<span class="muted">none</span>')
    return format_html('<span class="row tight nowrap">{}</span>', SafeString("".join(found)))


class CollectionTable(Table):
    """One row a collection."""

    default_columns = (
        "started",
        "about",
        "state",
        "asked",
        "stale",
        "requests",
        "bytes",
        "rows",
        "elapsed",
        "actor_name",
    )

    started = MomentColumn(order_by="id", initial_sort_descending=True)
    about = Column(empty_values=(), orderable=False)
    state = KnownStateColumn()
    asked = NumberColumn(verbose_name="Parts", orderable=False)
    stale = NumberColumn(orderable=False)
    requests = NumberColumn(orderable=False, attrs=EXTRA_END)
    bytes = SizeColumn(verbose_name="Received", orderable=False, attrs=EXTRA_END)
    rows = NumberColumn(orderable=False, attrs=EXTRA_END)
    elapsed = SpanColumn(verbose_name="Duration", initial_sort_descending=True, attrs=EXTRA_END)
    day = Column(verbose_name="Kept under", attrs=EXTRA)
    application = Column(attrs=EXTRA)
    feature = Column(attrs=EXTRA)
    actor_name = Column(verbose_name="By", attrs=EXTRA)
    ended = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    run_uuid = Column(verbose_name="Run", orderable=False, attrs=EXTRA)

    def render_started(self, value: Any, record: Any) -> SafeString:
        """The time as a link to the collection."""
        moment = MomentColumn.render(self.columns["started"].column, value)
        return format_html('<a href="{}">{}</a>', reverse("club_collection", args=[record.uuid]), moment)

    def value_started(self, value: Any) -> Any:
        """The moment itself."""
        return value

    def render_about(self, record: Any) -> str:
        """What it was about."""
        return about(record)

    def value_about(self, record: Any) -> str:
        """The same words."""
        return about(record)

    def render_asked(self, value: int, record: Any) -> str:
        """How many of its parts have been asked."""
        return f"{value:,} of {record.total:,}"

    def value_asked(self, value: int) -> int:
        """The number alone."""
        return value

    def render_stale(self, value: int) -> SafeString | str:
        """How many parts failed."""
        return format_html('<span class="warn-text">{}</span>', figures.thousands(value)) if value else "0"

    def render_run_uuid(self, value: str) -> SafeString:
        """The run that carries it out."""
        return format_html('<a href="{}"><code>{}</code></a>', reverse("run", args=[value]), value[:8])

    def value_run_uuid(self, value: str) -> str:
        """The run's uuid."""
        return value


class PartTable(Table):
    """One row a part: a source asked about a feature, or about the hero metrics."""

    default_columns = ("source_name", "feature", "state", "requests", "bytes", "seconds", "rows", "changes")

    source_name = Column(verbose_name="Source", attrs={"td": {"class": "name"}})
    application = Column(attrs=EXTRA)
    feature = Column(empty_values=())
    state = KnownStateColumn()
    requests = NumberColumn(initial_sort_descending=True, attrs=EXTRA_END)
    unchanged = NumberColumn(initial_sort_descending=True, attrs=EXTRA_END)
    bytes = SizeColumn(verbose_name="Received", initial_sort_descending=True, attrs=EXTRA_END)
    seconds = DurationColumn(verbose_name="Asking", initial_sort_descending=True, attrs=EXTRA_END)
    waited = DurationColumn(verbose_name="Waiting", initial_sort_descending=True, attrs=EXTRA_END)
    rows = NumberColumn(initial_sort_descending=True)
    changes = Column(empty_values=(), orderable=False, verbose_name="Difference", attrs=EXTRA)
    added = NumberColumn(initial_sort_descending=True, attrs=EXTRA_END)
    changed = NumberColumn(initial_sort_descending=True, attrs=EXTRA_END)
    removed = NumberColumn(initial_sort_descending=True, attrs=EXTRA_END)
    stale_since = AgeColumn(verbose_name="Figures from", attrs=EXTRA)
    kind = Column(attrs=EXTRA)
    started = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    ended = AgeColumn(initial_sort_descending=True, attrs=EXTRA)
    position = NumberColumn(verbose_name="Place", attrs=EXTRA_END)
    error = Column(orderable=False, attrs=EXTRA)

    def render_source_name(self, value: str, record: Any) -> SafeString:
        """The name, as a link while the source is there, and the application."""
        if record.source is None:
            return format_html('{} <span class="muted small">{}, deleted</span>', value, record.application)
        href = reverse("club_source", args=[record.source.uuid])
        return format_html('<a href="{}">{}</a> <span class="muted small">{}</span>', href, value, record.application)

    def value_source_name(self, value: str) -> str:
        """The name."""
        return value

    def render_feature(self, record: Any) -> str:
        """The feature's slug, or the hero metrics."""
        return record.feature or HERO

    def value_feature(self, record: Any) -> str:
        """The feature's slug; empty for the hero metrics."""
        return str(record.feature)

    def render_state(self, record: Any) -> SafeString:
        """The tag, how old the figures are that stand in, and what went wrong."""
        if not record.error:
            return state_tag(record.state)
        since = format_html("figures from {}", ago(record.stale_since)) if record.stale_since else "no figures yet"
        said = '<span class="least">{} <span class="muted small">{}</span><span class="why">{}</span></span>'
        return format_html(said, state_tag(record.state), since, record.error)

    def value_state(self, record: Any) -> str:
        """The state's name."""
        return str(record.state)

    def render_seconds(self, value: float, record: Any) -> SafeString | str:
        """The time that requests took, and the time spent waiting for the pace of the host."""
        if not record.waited:
            return figures.duration(value)
        waited = figures.duration(record.waited)
        return format_html('{}<br><span class="muted small">{} of waiting</span>', figures.duration(value), waited)

    def render_changes(self, record: Any) -> SafeString:
        """Added, changed and removed rows; nothing of a part that was not read."""
        return SafeString('<span class="muted">–</span>') if record.error else change_words(record)

    def value_changes(self, record: Any) -> list[int]:
        """The three numbers."""
        return [record.added, record.changed, record.removed]

    def render_stale_since(self, value: Any) -> SafeString:
        """How old the figures are that stand in."""
        return ago(value)
