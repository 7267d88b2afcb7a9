"""One look at a host. Sizes are in bytes, rates in bytes a second, times in seconds, shares in percent (0-100).

What the platform does not tell is None and named in `absent`; it is never a made-up zero.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Rate = float | None
MISSED_BEATS = 3
"""Intervals without a sample after which the last one is old."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of something limited is used."""

    total: int
    used: int
    percent: float


@dataclass(frozen=True, slots=True)
class Disk:
    """One mounted filesystem; `free` is what an ordinary user may still write."""

    mount: str
    device: str
    fstype: str
    total: int
    used: int
    free: int
    percent: float


@dataclass(frozen=True, slots=True)
class Flow:
    """Traffic of one disk (read, written) or one network interface (received, sent)."""

    name: str
    inward: Rate
    outward: Rate


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `cpu` is in percent of one core, `memory` the resident set, `title` never holds options."""

    pid: int
    name: str
    title: str
    user: str
    status: str
    threads: int
    cpu: float | None
    memory: int
    started: float


@dataclass(frozen=True, slots=True)
class Container:
    """Limits of the control group that the sampler runs in. `version` is "v2", "v1" or "" for none.

    `cpu_limit` counts cores, `cpu_used` is the part of them in use; `memory_used` is the working set.
    """

    version: str = ""
    cpu_limit: float | None = None
    cpu_used: float | None = None
    memory_limit: int | None = None
    memory_used: int | None = None
    pids_limit: int | None = None
    oom_kills: int | None = None
    throttled: int | None = None
    cpu_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Counters:
    """Running totals since the start of the host, from which the next sample makes its rates.

    `cpu` holds (busy, total) seconds of each core, `disks` (read, written) and `nics` (received, sent) bytes by name.
    """

    monotonic: float
    boot: float
    cpu: tuple[tuple[float, float], ...]
    disks: dict[str, tuple[int, int]]
    nics: dict[str, tuple[int, int]]
    container_cpu: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, before it is compared with the sample before it."""

    host: str
    at: float
    counters: Counters
    affinity: int
    load: tuple[float, float, float] | None
    memory: Usage
    swap: Usage | None
    disks: tuple[Disk, ...]
    nics_up: dict[str, bool]
    container: Container
    temperature: float | None
    absent: tuple[str, ...]
    process_count: int
    processes: tuple[Process, ...]
    processes_at: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One sample of one host. `by` says who took it: "sampler", or "request" when no sampler runs."""

    host: str
    at: float
    interval: float
    by: str
    cpu: float | None
    cores: tuple[float | None, ...]
    usable_cores: float
    load: tuple[float, float, float] | None
    memory: Usage
    swap: Usage | None
    disks: tuple[Disk, ...]
    disk_flow: tuple[Flow, ...]
    nic_flow: tuple[Flow, ...]
    nics_up: dict[str, bool]
    container: Container
    temperature: float | None
    boot: float
    process_count: int
    processes: tuple[Process, ...]
    processes_at: float
    absent: tuple[str, ...]
    counters: Counters = field(repr=False)

    @property
    def sampled(self) -> datetime:
        """When the sample was taken."""
        return datetime.fromtimestamp(self.at, UTC)

    @property
    def uptime(self) -> float:
        """Seconds since the host started."""
        return max(0.0, self.at - self.boot)

    @property
    def stale_after(self) -> float:
        """Age in seconds from which the sample must be shown as stale: three intervals."""
        return MISSED_BEATS * self.interval

    @property
    def room(self) -> Usage:
        """Memory against the smaller of host and container limit."""
        limit, used = self.container.memory_limit, self.container.memory_used
        if limit is None or used is None or limit >= self.memory.total:
            return self.memory
        return Usage(limit, used, round(100 * used / limit, 1))

    @property
    def main_disk(self) -> Disk | None:
        """The filesystem that Vault's own state is on; the readers put it first."""
        return self.disks[0] if self.disks else None


def _plain(value: object) -> dict[str, Any]:
    names = type(value).__dataclass_fields__  # type: ignore[attr-defined]
    return {name: getattr(value, name) for name in names if name != "counters"}


def snapshot_json(snapshot: Snapshot) -> bytes:
    """The snapshot as a JSON object, with `sampled_at` (RFC 3339), `uptime` and `stale_after` beside its fields."""
    body = _plain(snapshot) | {
        "sampled_at": snapshot.sampled.isoformat(timespec="milliseconds"),
        "uptime": round(snapshot.uptime),
        "stale_after": snapshot.stale_after,
        "room": snapshot.room,
    }
    return json.dumps(body, default=_plain, separators=(",", ":")).encode()
