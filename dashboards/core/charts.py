"""Charts of the host over time, in the form that vault.js draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from dashboards.shell.panels import SharedPanel
from domains.core import reads
from domains.core.reads import Series, Window

Line = tuple[str, str, str, bool]
"""Metric, label, tone, and whether its peak is meant instead of its mean."""
LATE = 0.1


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: `data` is what the script reads, `summary` says the same in words.

    `since` is when the figures begin, where that is well after the chart does.
    """

    id: str
    title: str
    icon: str
    data: Mapping[str, Any]
    summary: str
    since: datetime | None


def chart(series: Series, *, id: str, title: str, icon: str, unit: str, lines: list[Line], most: int = 0) -> Chart:
    """These lines as one chart. `most` fixes the scale."""
    drawn = [
        {"label": label, "tone": tone, "values": (series.peaks if peak else series.values)[metric]}
        for metric, label, tone, peak in lines
    ]
    data: dict[str, Any] = {"x": series.times, "series": drawn, "unit": unit}
    known = [
        index
        for index, cell in enumerate(zip(*(line["values"] for line in drawn), strict=True))
        if cell.count(None) < len(cell)
    ]
    summary = "" if known else "Nothing measured yet."
    return Chart(id, title, icon, data | ({"max": most} if most else {}), summary, _begins(series.times, known))


def _begins(times: Sequence[int], known: Sequence[int]) -> datetime | None:
    if not known or times[known[0]] - times[0] < LATE * (times[-1] - times[0]):
        return None
    return datetime.fromtimestamp(times[known[0]], UTC)


def usage_chart(series: Series) -> Chart:
    """CPU and memory in percent."""
    lines: list[Line] = [("cpu", "CPU", "accent", False), ("memory", "Memory", "ok", False)]
    return chart(series, id="chart-usage", title="CPU and memory", icon="cpu", unit="%", lines=lines, most=100)


def charts_of(series: Series, *, peaks: bool) -> list[Chart]:
    """The charts of the Server page; over long windows with the peaks that a mean hides."""
    usage: list[Line] = [("cpu", "CPU", "accent", False), ("memory", "Memory", "ok", False)]
    usage += [("cpu", "CPU, peak", "warn", True)] if peaks else []
    space: list[Line] = [("disk", "Disk full", "accent", False), ("swap", "Swap", "warn", False)]
    disk: list[Line] = [("disk_read", "Read", "accent", False), ("disk_write", "Written", "warn", False)]
    network: list[Line] = [("net_recv", "Received", "accent", False), ("net_sent", "Sent", "warn", False)]
    load: list[Line] = [("load1", "Load, 1 min", "accent", False)]
    load += [("load1", "Peak", "warn", True)] if peaks else []
    return [
        chart(series, id="chart-usage", title="CPU and memory", icon="cpu", unit="%", lines=usage, most=100),
        chart(series, id="chart-load", title="Load", icon="gauge", unit="", lines=load),
        chart(series, id="chart-disk", title="Disk traffic", icon="hard-drive", unit="B/s", lines=disk),
        chart(series, id="chart-network", title="Network traffic", icon="network", unit="B/s", lines=network),
        chart(series, id="chart-space", title="Disk and swap space", icon="database", unit="%", lines=space, most=100),
    ]


class ChartsPanel(SharedPanel):
    """All charts of one window."""

    title = "Charts"
    template = "core/_charts.html"
    keep = 10.0

    def __init__(self, window: Window) -> None:
        super().__init__(name=f"charts-{window}", url=reverse("stats_charts", args=[window]))
        self.window = window

    def figures(self) -> dict[str, Any]:
        """The charts."""
        return {"charts": charts_of(reads.series(self.window), peaks=self.window != "hour")}
