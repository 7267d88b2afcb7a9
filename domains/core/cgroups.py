"""Limits of the control group that this process runs in, version 1 and 2, read from the files that Linux shows.

The layout is that of the kernel's documents admin-guide/cgroup-v1 and cgroup-v2. A limit may stand in any group from
the process's own up to the top, and in a container the process's path may not exist below the mount at all, so every
ancestor is asked and the smallest limit counts. A file that is missing, or holds nonsense, means no limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from domains.core.snapshot import Container

NO_LIMIT = 1 << 60  # version 1 writes the largest page-aligned number instead of "max"


def read_container(root: Path = Path("/")) -> Container:
    """The limits and use of the control group of this process, `root` being the folder that holds proc and sys."""
    paths = _paths(root)
    if not paths:
        return Container()
    if (root / "sys/fs/cgroup/cgroup.controllers").exists():
        return _version2(root / "sys/fs/cgroup", paths.get("", PurePosixPath("/")))
    return _version1(root / "sys/fs/cgroup", paths)


def _paths(root: Path) -> dict[str, PurePosixPath]:
    """Path of the process's group by controller; that of version 2 is under ""."""
    found = {}
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, separator, path = rest.partition(":")
        if separator and path.startswith("/") and ".." not in path:
            found.update(dict.fromkeys(controllers.split(","), PurePosixPath(path)))
    return found


def _version2(mount: Path, path: PurePosixPath) -> Container:
    groups = list(_upward(mount, path))
    home, memory = _tightest(groups, "memory.max")
    cpus = [limit for group in groups if (limit := _quota(*_text(group / "cpu.max").split()[:2])) is not None]
    own = groups[0] if groups else mount
    stat, events = _table(own / "cpu.stat"), _table(home / "memory.events")
    used, idle = _number(home / "memory.current"), _table(home / "memory.stat").get("inactive_file", 0)
    return Container(
        version="v2",
        cpu_limit=min(cpus, default=None),
        memory_limit=memory,
        memory_used=None if used is None else max(0, used - idle),
        pids_limit=_tightest(groups, "pids.max")[1],
        oom_kills=events.get("oom_kill"),
        throttled=stat.get("nr_throttled"),
        cpu_seconds=stat["usage_usec"] / 1e6 if "usage_usec" in stat else None,
    )


def _version1(base: Path, paths: dict[str, PurePosixPath]) -> Container:
    def groups(controller: str) -> list[Path]:
        mount = base / controller
        if controller.startswith("cpu") and not mount.is_dir():
            mount = base / "cpu,cpuacct"
        return list(_upward(mount, paths.get(controller, PurePosixPath("/"))))

    memory_groups, cpu_groups, account = groups("memory"), groups("cpu"), groups("cpuacct")
    home, memory = _tightest(memory_groups, "memory.limit_in_bytes")
    cpus = [
        limit
        for group in cpu_groups
        if (limit := _quota(_text(group / "cpu.cfs_quota_us"), _text(group / "cpu.cfs_period_us"))) is not None
    ]
    used, idle = _number(home / "memory.usage_in_bytes"), _table(home / "memory.stat").get("total_inactive_file", 0)
    nanoseconds = _number(account[0] / "cpuacct.usage") if account else None
    if not (memory_groups or cpu_groups):
        return Container()
    return Container(
        version="v1",
        cpu_limit=min(cpus, default=None),
        memory_limit=memory,
        memory_used=None if used is None else max(0, used - idle),
        pids_limit=_tightest(groups("pids"), "pids.max")[1],
        oom_kills=_table(home / "memory.oom_control").get("oom_kill"),
        throttled=_table(cpu_groups[0] / "cpu.stat").get("nr_throttled") if cpu_groups else None,
        cpu_seconds=None if nanoseconds is None else nanoseconds / 1e9,
    )


def _upward(mount: Path, path: PurePosixPath) -> Iterator[Path]:
    """The group's folder and those of its ancestors, as far as they are there."""
    for ancestor in (path, *path.parents):
        folder = mount / ancestor.relative_to("/")
        if folder.is_dir():
            yield folder


def _tightest(groups: list[Path], name: str) -> tuple[Path, int | None]:
    """The group with the smallest limit and that limit; the process's own group and None without a limit."""
    limits = [(limit, group) for group in groups if 0 < (limit := _number(group / name) or 0) < NO_LIMIT]
    if limits:
        limit, group = min(limits, key=lambda pair: pair[0])
        return group, limit
    return next(iter(groups), Path("/nonexistent")), None


def _quota(quota: str = "", period: str = "") -> float | None:
    """Cores that a quota allows; None for "max", -1, zero and nonsense."""
    try:
        cores = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):
        return None
    return round(cores, 3) if cores > 0 else None


def _table(file: Path) -> dict[str, int]:
    """A file of "name number" lines."""
    pairs = (line.split() for line in _text(file).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def _number(file: Path) -> int | None:
    text = _text(file)
    return int(text) if text.isdecimal() else None


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
