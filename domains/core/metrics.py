"""Prometheus metrics, text format 0.0.4: base units, names of our own, taken from the snapshot and the database.

No figure comes from the memory of the answering process, so every web process tells the same.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from domains.core.health import Report
from domains.core.snapshot import Snapshot, Usage
from domains.orchestration import reads as runs

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
STATUS = {"pass": 1.0, "warn": 0.5, "fail": 0.0}


def exposition(snapshot: Snapshot | None, report: Report) -> bytes:
    """The metrics page."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(snapshot, report))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, snapshot: Snapshot | None, report: Report) -> None:
        self.snapshot = snapshot
        self.report = report

    def collect(self) -> Iterator[Metric]:
        """Every family that has a value."""
        if self.snapshot is not None:
            yield from _host(self.snapshot)
            yield from _flows(self.snapshot)
        yield from _health(self.report)
        if all(o.status == "pass" for o in self.report.outcomes if o.name in {"database", "migrations"}):
            yield from _runs()


def _host(snapshot: Snapshot) -> Iterator[Metric]:
    yield _gauge("vault_host_sample_age_seconds", "Age of the newest sample.", max(0.0, time.time() - snapshot.at))
    yield _gauge("vault_host_boot_time_seconds", "Start of the host, as Unix time.", snapshot.boot)
    yield _gauge("vault_host_processes", "Processes on the host.", snapshot.process_count)
    yield _gauge("vault_host_usable_cores", "Cores that affinity and quota leave.", snapshot.usable_cores)
    if snapshot.cpu is not None:
        yield _gauge("vault_host_cpu_ratio", "Share of all cores' time that was busy, 0-1.", snapshot.cpu / 100)
    busy = CounterMetricFamily("vault_host_cpu_busy_seconds", "Busy seconds of each core.", labels=["core"])
    for number, (seconds, _) in enumerate(snapshot.counters.cpu):
        busy.add_metric([str(number)], seconds)
    yield busy
    if snapshot.load is not None:
        for minutes, load in zip((1, 5, 15), snapshot.load, strict=True):
            yield _gauge(f"vault_host_load{minutes}", f"Load average over {minutes} min.", load)
    yield from _usage("memory", "Memory of the host", snapshot.memory)
    if snapshot.swap is not None:
        yield from _usage("swap", "Swap of the host", snapshot.swap)
    if snapshot.container.memory_limit is not None:
        limit = snapshot.container.memory_limit
        yield _gauge("vault_container_memory_limit_bytes", "Memory limit of the control group.", limit)
    if snapshot.container.cpu_limit is not None:
        yield _gauge("vault_container_cpu_limit_cores", "CPU quota of the control group.", snapshot.container.cpu_limit)


def _usage(name: str, what: str, usage: Usage) -> Iterator[Metric]:
    yield _gauge(f"vault_host_{name}_size_bytes", f"{what} in all.", usage.total)
    yield _gauge(f"vault_host_{name}_used_bytes", f"{what} in use.", usage.used)


def _flows(snapshot: Snapshot) -> Iterator[Metric]:
    size = GaugeMetricFamily("vault_host_filesystem_size_bytes", "Size of the filesystem.", labels=["mount"])
    free = GaugeMetricFamily("vault_host_filesystem_free_bytes", "Free for ordinary users.", labels=["mount"])
    for disk in snapshot.disks:
        size.add_metric([disk.mount], disk.total)
        free.add_metric([disk.mount], disk.free)
    yield from (size, free)
    for kind, label, sides, counters in (
        ("disk", "device", ("read", "written"), snapshot.counters.disks),
        ("network", "interface", ("received", "sent"), snapshot.counters.nics),
    ):
        for place, side in enumerate(sides):
            family = CounterMetricFamily(f"vault_host_{kind}_{side}_bytes", f"Bytes {side}.", labels=[label])
            for name, pair in counters.items():
                family.add_metric([name], pair[place])
            yield family


def _health(report: Report) -> Iterator[Metric]:
    family = GaugeMetricFamily("vault_health_check_status", "1 passes, 0.5 warns, 0 fails.", labels=["check"])
    for outcome in report.outcomes:
        family.add_metric([outcome.name], STATUS[outcome.status])
    yield family
    yield _gauge("vault_health_status", "Of all checks: 1 passes, 0.5 warns, 0 fails.", STATUS[report.status])


def _runs() -> Iterator[Metric]:
    yield _gauge("vault_runs_active", "Runs that have not ended.", runs.active_count())
    since = timezone.now() - timedelta(days=1)
    yield _gauge("vault_runs_failed_last_day", "Runs that failed in the last 24 hours.", runs.failed_count(since))
    yield _gauge("vault_queue_depth", "Runs that wait for a worker.", runs.queue_depth())
    age = runs.worker_heartbeat_age()
    if age is not None:
        yield _gauge("vault_worker_heartbeat_age_seconds", "Seconds since a worker last beat.", age)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))
