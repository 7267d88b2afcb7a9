"""The panels of the Server and Health pages, the same bytes for every viewer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from dashboards.core.figures import LEFT_OUT, cores_of, disks_of, flows_of, limits_of, tone, worst_first
from dashboards.shell.panels import Panel, SharedPanel
from domains.base.ready import ReadyBytes
from domains.core import reads
from domains.core.reads import Renderer, Snapshot

SORTS = ("cpu", "memory")
NEVER = "core/_never.html"


class SampledPanel(Panel):
    """A panel that the sampler renders with each sample. A poll of it costs a session check and a look in the cache."""

    def body(self, request: HttpRequest) -> ReadyBytes:
        """The newest bytes; those that are stale with a mark that says so."""
        found = reads.latest_panel(self.name)
        if found is None:
            return ReadyBytes(render_to_string(NEVER).encode(), "never", 0.0)
        if not reads.is_stale(found.at, interval=self.interval):
            return found
        mark = render_to_string("core/_stale.html", {"since": datetime.fromtimestamp(found.at, UTC)}).encode()
        return ReadyBytes(mark + found.body, f"{found.etag}-stale", found.at)

    @property
    def interval(self) -> float:
        """Seconds between two renderings."""
        return 2.0


class HostPanel(SampledPanel):
    """Tiles, cores, disks and traffic of the host."""

    name = "host"
    title = "Host"
    template = "core/_host.html"

    def __init__(self) -> None:
        super().__init__(url=reverse("stats_host"))


class ProcessesPanel(SampledPanel):
    """The processes on top, by CPU or by memory."""

    title = "Top processes"
    template = "core/_processes.html"

    def __init__(self, sort: str) -> None:
        super().__init__(name=f"processes-{sort}", url=reverse("stats_processes", args=[sort]))

    @property
    def interval(self) -> float:
        """The list is made every 5 s, on a tick of 2 s."""
        return 6.0


class FactsPanel(SharedPanel):
    """Python, Django, database, cache and queue."""

    name = "facts"
    title = "Software and services"
    template = "core/_facts.html"
    keep = 10.0

    def __init__(self) -> None:
        super().__init__(url=reverse("stats_facts"))

    def figures(self) -> dict[str, Any]:
        """The facts by group."""
        return {"groups": reads.facts()}


class HealthPanel(SharedPanel):
    """Every check with its finding, the worst first."""

    name = "health-checks"
    title = "Checks"
    template = "core/_health.html"
    keep = 1.0

    def __init__(self) -> None:
        super().__init__(url=reverse("health_panel"))

    def figures(self) -> dict[str, Any]:
        """The report."""
        report = reads.health_report()
        return {"report": report, "outcomes": worst_first(report)}


def render_host(snapshot: Snapshot) -> str:
    """The host panel of this snapshot."""
    context = {
        "s": snapshot,
        "cpu_tone": tone(snapshot.cpu),
        "memory_tone": tone(snapshot.room.percent),
        "cores": cores_of(snapshot),
        "disks": disks_of(snapshot),
        "flows": flows_of(snapshot),
        "limits": limits_of(snapshot),
        "left_out": [LEFT_OUT.get(name, name) for name in snapshot.absent],
    }
    return render_to_string(HostPanel.template, context)


def render_processes(snapshot: Snapshot, sort: str) -> str:
    """The process panel of this snapshot, sorted by "cpu" or "memory"."""
    shown = sorted(snapshot.processes, key=lambda p: (getattr(p, sort) or 0, p.memory), reverse=True)[:20]
    return render_to_string(ProcessesPanel.template, {"s": snapshot, "processes": shown, "sort": sort})


def register_renderers() -> None:
    """Tell the sampler what to render."""
    reads.register_renderer(Renderer("host", render_host))
    reads.register_renderer(Renderer("processes-cpu", lambda s: render_processes(s, "cpu"), with_processes=True))
    reads.register_renderer(Renderer("processes-memory", lambda s: render_processes(s, "memory"), with_processes=True))
