"""Panels of Home: the tiles, the last hour, and the recent runs. The same bytes for every viewer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from dashboards.core.charts import usage_chart
from dashboards.core.figures import tone, worst_first
from dashboards.shell.panels import SharedPanel
from domains.core import reads
from domains.core.reads import Series
from domains.extensions import registry
from domains.orchestration import reads as runs

SPARK_SECONDS = 900
RECENT_RUNS = 8


class TilesPanel(SharedPanel):
    """Health, CPU, memory, disk, runs, and the age of what each application publishes."""

    name = "tiles"
    title = "State of affairs"
    template = "home/_tiles.html"

    def __init__(self) -> None:
        super().__init__(url=reverse("home_tiles"))

    def figures(self) -> dict[str, Any]:
        """What the tiles show."""
        snapshot, series, report = reads.latest_snapshot(), reads.series("hour"), reads.health_report()
        return {
            "s": snapshot,
            "stale": snapshot is not None and reads.is_stale(snapshot.at),
            "sparks": {name: _recent(series, name) for name in ("cpu", "memory", "disk")},
            "disk_tone": tone(snapshot.main_disk.percent) if snapshot and snapshot.main_disk else "",
            "report": report,
            "troubles": [found for found in worst_first(report) if found.status != "pass"],
            "active": runs.active_count(),
            "active_href": _runs_in(runs.active_states()),
            "waiting": runs.queue_depth(),
            "failed": runs.failed_count(timezone.now() - timedelta(days=1)),
            "failed_href": _runs_in(runs.failed_states()),
            "freshness": registry.freshness(),
        }


class HourPanel(SharedPanel):
    """CPU and memory over the last hour."""

    name = "last-hour"
    title = "Last hour"
    icon = "activity"
    template = "home/_hour.html"
    framed = True
    keep = 10.0

    def __init__(self) -> None:
        super().__init__(url=reverse("home_hour"))

    def figures(self) -> dict[str, Any]:
        """The chart."""
        return {"chart": usage_chart(reads.series("hour"))}


class RunsPanel(SharedPanel):
    """The newest runs; child runs stand on their parent's page, here only when they are stuck."""

    name = "recent-runs"
    title = "Recent runs"
    icon = "list-checks"
    template = "home/_runs.html"
    framed = True

    def __init__(self) -> None:
        super().__init__(url=reverse("home_runs"))

    def figures(self) -> dict[str, Any]:
        """The runs."""
        return {"runs": list(runs.without_children(runs.run_list())[:RECENT_RUNS])}


def _runs_in(states: list[str]) -> str:
    """The list of runs in these states, child runs among them as in the figures."""
    return f"{reverse('runs')}?{urlencode({'state': states, 'children': 'all'}, doseq=True)}"


def _recent(series: Series, metric: str) -> list[float | None]:
    """The last minutes of a metric."""
    since = series.times[-1] - SPARK_SECONDS
    return [value for at, value in zip(series.times, series.values[metric], strict=True) if at > since]
