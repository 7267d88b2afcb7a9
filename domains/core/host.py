"""Reading this host through psutil. Everything here is cheap enough for a tick; the process list is apart.

psutil always tells of the host, never of the container. Counters are read raw: psutil's own percentages keep their
last values in the calling process, so that two processes would tell two truths.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import psutil

from domains.core.cgroups import read_container
from domains.core.processes import ProcessReader
from domains.core.snapshot import Counters, Disk, Reading, Usage

T = TypeVar("T")
SLOW_EVERY = 60.0
"""Seconds between two looks at what changes rarely or can be slow to tell: mounts, interfaces, sensors."""
MOST_DISKS = 16
IGNORED_DISKS = ("loop", "ram", "zram", "sr", "fd")


def host_name() -> str:
    """The name that samples of this host are kept under."""
    return platform.node()[:200] or "localhost"


class HostReader:
    """Reads the host again and again; remembers between two readings only what is read rarely."""

    def __init__(self, *, state: Path, root: Path = Path("/"), processes: ProcessReader | None = None) -> None:
        """`state` is a folder on the filesystem to watch first; `root` holds the proc and sys of the control group."""
        self.state = state
        self.root = root
        self.processes = processes or ProcessReader()
        self._slow_due = 0.0
        self._mounts: Sequence[tuple[str, str, str]] = ()
        self._nics_up: dict[str, bool] = {}
        self._temperature: float | None = None
        self._boot = 0.0

    def read(self) -> Reading:
        """One reading of everything, and of the processes when they are due."""
        clock = time.monotonic()
        if clock >= self._slow_due:
            self._read_slow()
            self._slow_due = clock + SLOW_EVERY
        absent: list[str] = [] if self._temperature is not None else ["temperature"]
        container = read_container(self.root)
        swap = _swap(absent)
        load = _optional("load", os.getloadavg, absent)
        counters = Counters(clock, self._boot, _cpu(), _disk_bytes(absent), _nic_bytes(absent), container.cpu_seconds)
        listed = self.processes.read(clock)
        return Reading(
            host=host_name(),
            at=time.time(),
            counters=counters,
            affinity=_affinity(),
            load=load,
            memory=_memory(),
            swap=swap,
            disks=tuple(disk for mount in self._mounts if (disk := _disk(*mount))),
            nics_up=self._nics_up,
            container=container,
            temperature=self._temperature,
            absent=tuple(absent if container.version else [*absent, "container"]),
            process_count=listed.count,
            processes=listed.top,
            processes_at=listed.at,
        )

    def _read_slow(self) -> None:
        self._mounts = _mounts(self.state)
        self._nics_up = {name: stats.isup for name, stats in psutil.net_if_stats().items()}
        self._temperature = _hottest()
        self._boot = psutil.boot_time()


def _optional(name: str, read: Callable[[], T | None], absent: list[str]) -> T | None:
    """The value, or None with the name added to `absent` where the platform has none."""
    try:
        value = read()
    except (OSError, AttributeError, RuntimeError, NotImplementedError, psutil.Error):
        value = None
    if value is None:
        absent.append(name)
    return value


def _cpu() -> tuple[tuple[float, float], ...]:
    """Busy and total seconds of each core. Guest time is part of user time already, waiting for disks is idle time."""
    cores = []
    for times in psutil.cpu_times(percpu=True):
        whole = sum(times) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        cores.append((whole - times.idle - getattr(times, "iowait", 0.0), whole))
    return tuple(cores)


def _affinity() -> int:
    """Cores that this process may run on; the host's where the platform does not tell."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return psutil.cpu_count() or 1


def _memory() -> Usage:
    memory = psutil.virtual_memory()
    return Usage(memory.total, memory.total - memory.available, memory.percent)


def _swap(absent: list[str]) -> Usage | None:
    swap = _optional("swap", psutil.swap_memory, absent)
    if swap is None:
        return None
    if not swap.total:
        absent.append("swap")
        return None
    return Usage(swap.total, swap.used, swap.percent)


def _mounts(state: Path) -> list[tuple[str, str, str]]:
    """(mount, device, type) of each filesystem once, that of `state` first. Mounted single files are no filesystems."""
    known = [(part.mountpoint, part.device, part.fstype) for part in psutil.disk_partitions(all=False)]
    home = _mount_point(state)
    known.sort(key=lambda mount: (mount[0] != home, mount[0] != "/", len(mount[0])))
    if not known or known[0][0] != home:
        known.insert(0, (home, "", ""))
    seen: dict[int, tuple[str, str, str]] = {}
    for mount in known:
        if os.path.isdir(mount[0]):
            seen.setdefault(os.stat(mount[0]).st_dev, mount)
    return list(seen.values())[:MOST_DISKS]


def _mount_point(path: Path) -> str:
    folder = path.resolve()
    while not folder.exists() or not os.path.ismount(folder):
        folder = folder.parent
    return str(folder)


def _disk(mount: str, device: str, fstype: str) -> Disk | None:
    try:
        usage = psutil.disk_usage(mount)
    except OSError:
        return None
    return Disk(mount, device, fstype, usage.total, usage.used, usage.free, usage.percent)


def _disk_bytes(absent: list[str]) -> dict[str, tuple[int, int]]:
    """(read, written) bytes of each whole disk that has ever moved one."""
    counters = _optional("disk_flow", lambda: psutil.disk_io_counters(perdisk=True), absent) or {}
    whole = {name: c for name, c in counters.items() if not name.startswith(IGNORED_DISKS)}
    return {
        name: (c.read_bytes, c.write_bytes)
        for name, c in whole.items()
        if c.read_bytes + c.write_bytes and not _is_partition(name, whole)
    }


def _is_partition(name: str, disks: Mapping[str, object]) -> bool:
    """Whether the bytes of `name` are counted in another disk already: sda1 in sda, nvme0n1p2 in nvme0n1."""
    parent = name.rstrip("0123456789")
    return parent != name and (parent in disks or parent.removesuffix("p") in disks)


def _nic_bytes(absent: list[str]) -> dict[str, tuple[int, int]]:
    """(received, sent) bytes of each interface that has ever moved one."""
    counters = _optional("nic_flow", lambda: psutil.net_io_counters(pernic=True), absent) or {}
    return {n: (c.bytes_recv, c.bytes_sent) for n, c in counters.items() if c.bytes_recv + c.bytes_sent}


def _hottest() -> float | None:
    """The highest temperature in degrees Celsius that any sensor tells."""
    sensors = _optional("temperature", getattr(psutil, "sensors_temperatures", dict), []) or {}
    return max((float(s.current) for group in sensors.values() for s in group if s.current), default=None)
