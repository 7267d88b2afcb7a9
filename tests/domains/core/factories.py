"""Readings and snapshots of a made-up host."""

from __future__ import annotations

import time
from typing import Any

from domains.core.host import host_name
from domains.core.rules import derive
from domains.core.snapshot import Container, Counters, Disk, Process, Reading, Snapshot, Usage

GB = 10**9


def counters(**changes: Any) -> Counters:
    values: dict[str, Any] = {
        "monotonic": 100.0,
        "boot": 1_000_000.0,
        "cpu": ((10.0, 100.0), (20.0, 100.0)),
        "disks": {"sda": (1_000, 2_000)},
        "nics": {"eth0": (5_000, 6_000), "lo": (7, 7)},
        "container_cpu": 3.0,
    }
    return Counters(**values | changes)


def reading(**changes: Any) -> Reading:
    values: dict[str, Any] = {
        "host": host_name(),
        "at": time.time(),
        "counters": counters(),
        "affinity": 2,
        "load": (0.5, 0.4, 0.3),
        "memory": Usage(16 * GB, 4 * GB, 25.0),
        "swap": None,
        "disks": (Disk("/", "/dev/sda1", "ext4", 100 * GB, 40 * GB, 60 * GB, 40.0),),
        "nics_up": {"eth0": True, "lo": True},
        "container": Container("v2", cpu_seconds=3.0),
        "temperature": None,
        "absent": ("temperature", "swap"),
        "process_count": 2,
        "processes": (
            Process(1, "init", "init", "root", "sleeping", 1, 0.5, 10_000_000, 0.0),
            Process(2, "python", "python manage.py", "vault", "running", 4, 80.0, 5_000_000, 0.0),
        ),
        "processes_at": time.time(),
    }
    return Reading(**values | changes)


def snapshot(*, by: str = "sampler", before: Counters | None = None, **changes: Any) -> Snapshot:
    return derive(reading(**changes), before, by=by)
