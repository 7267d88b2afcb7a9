"""What the Server page says of a snapshot: rows with words and tones. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from domains.core.reads import Flow, Outcome, Report, Snapshot

LEFT_OUT = {
    "temperature": "temperatures",
    "swap": "swap (none is set up)",
    "load": "load averages",
    "disk_flow": "disk traffic",
    "nic_flow": "network traffic",
    "container": "container limits",
}
WARN, BAD = 80.0, 92.0
WORST_FIRST = {"fail": 0, "warn": 1, "pass": 2}


@dataclass(frozen=True, slots=True)
class Level:
    """A share in percent with its name and tone; None is not known yet."""

    name: str
    percent: float | None
    tone: str
    used: int = 0
    free: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class FlowRow:
    """Traffic of one disk or interface."""

    kind: str
    icon: str
    flow: Flow
    up: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """One resource: what the host has, what the container may use, and what counts. `unit` is "bytes" or "count"."""

    name: str
    host: float | None
    limit: float | None
    used: float | None
    unit: str


def tone(percent: float | None) -> str:
    """Tone of a share that is bad when it is high."""
    if percent is None or percent < WARN:
        return ""
    return "bad" if percent >= BAD else "warn"


def worst_first(report: Report) -> list[Outcome]:
    """What every check found, failures first."""
    return sorted(report.outcomes, key=lambda found: WORST_FIRST[found.status])


def cores_of(snapshot: Snapshot) -> list[Level]:
    """The load of each core."""
    return [Level(f"Core {number}", share, tone(share)) for number, share in enumerate(snapshot.cores)]


def disks_of(snapshot: Snapshot) -> list[Level]:
    """How full each filesystem is."""
    return [Level(d.mount, d.percent, tone(d.percent), d.used, d.free, d.total) for d in snapshot.disks]


def flows_of(snapshot: Snapshot) -> list[FlowRow]:
    """Traffic of disks, then of interfaces."""
    disks = [FlowRow("Disk", "hard-drive", flow, True) for flow in snapshot.disk_flow]
    nics = [FlowRow("Network", "network", flow, snapshot.nics_up.get(flow.name, True)) for flow in snapshot.nic_flow]
    return disks + nics


def limits_of(snapshot: Snapshot) -> list[Limit]:
    """Host values beside those of the container."""
    container = snapshot.container
    return [
        Limit("CPU cores", float(len(snapshot.cores)), container.cpu_limit, container.cpu_used, "count"),
        Limit("Memory", snapshot.memory.total, container.memory_limit, container.memory_used, "bytes"),
        Limit("Processes", None, container.pids_limit, None, "count"),
    ]
