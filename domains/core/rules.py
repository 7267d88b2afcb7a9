"""Arithmetic of samples: rates from counters, roll-ups from samples, slots of the ring. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from domains.core.snapshot import Counters, Flow, Reading, Snapshot

INTERVAL = 2
"""Seconds between two samples."""
LONGEST_GAP = 120.0
"""Seconds between two samples beyond which an average says nothing about now."""
METRICS = ("cpu", "load1", "memory", "swap", "disk", "disk_read", "disk_write", "net_recv", "net_sent")

PLAIN_WORD = re.compile(r"[A-Za-z_][A-Za-z_.]{0,23}")
SCRIPTS = (".py", ".js", ".rb", ".pl", ".sh")

Sample = Mapping[str, float | None]
RollUp = dict[str, list[float] | None]
"""By metric [least, mean, greatest, number of samples]; None when no sample had it."""


def derive(reading: Reading, before: Counters | None, *, by: str, interval: float = INTERVAL) -> Snapshot:
    """The snapshot of this reading, its rates taken against the counters of the sample before."""
    now = reading.counters
    elapsed = gap(now, before)
    if before is None or elapsed is None:
        before, elapsed = Counters(now.monotonic, now.boot, (), {}, {}), 0.0
    container = replace(reading.container, cpu_used=rate(now.container_cpu, before.container_cpu, elapsed))
    quota = container.cpu_limit
    return Snapshot(
        host=reading.host,
        at=reading.at,
        interval=interval,
        by=by,
        cpu=_busy(_total(now.cpu), _total(before.cpu)),
        cores=tuple(_busy(core, _nth(before.cpu, number)) for number, core in enumerate(now.cpu)),
        usable_cores=min(float(reading.affinity), quota) if quota else float(reading.affinity),
        load=reading.load,
        memory=reading.memory,
        swap=reading.swap,
        disks=reading.disks,
        disk_flow=_flows(now.disks, before.disks, elapsed),
        nic_flow=_flows(now.nics, before.nics, elapsed),
        nics_up=reading.nics_up,
        container=container,
        temperature=reading.temperature,
        boot=now.boot,
        process_count=reading.process_count,
        processes=reading.processes,
        processes_at=reading.processes_at,
        absent=reading.absent,
        counters=now,
    )


def gap(now: Counters, before: Counters | None) -> float | None:
    """Seconds between two samples of the same run of the host; None when they cannot be compared."""
    if before is None or abs(now.boot - before.boot) > 5:
        return None
    elapsed = now.monotonic - before.monotonic
    return elapsed if 0 < elapsed <= LONGEST_GAP else None


def rate(now: float | None, before: float | None, elapsed: float) -> float | None:
    """Growth a second. None without both values, and when the counter ran backwards, which means that it was reset."""
    if now is None or before is None or elapsed <= 0 or now < before:
        return None
    return (now - before) / elapsed


def _flows(
    now: Mapping[str, tuple[int, int]], before: Mapping[str, tuple[int, int]], elapsed: float
) -> tuple[Flow, ...]:
    nothing = (None, None)
    return tuple(
        Flow(
            name,
            rate(pair[0], before.get(name, nothing)[0], elapsed),
            rate(pair[1], before.get(name, nothing)[1], elapsed),
        )
        for name, pair in now.items()
    )


def _total(cores: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    return (sum(core[0] for core in cores), sum(core[1] for core in cores)) if cores else None


def _nth(cores: Sequence[tuple[float, float]], number: int) -> tuple[float, float] | None:
    return cores[number] if number < len(cores) else None


def _busy(now: tuple[float, float] | None, before: tuple[float, float] | None) -> float | None:
    """Share of the time between two (busy, total) pairs that was busy, in percent."""
    if now is None or before is None or now[1] <= before[1] or now[0] < before[0]:
        return None
    return round(min(100.0, 100 * (now[0] - before[0]) / (now[1] - before[1])), 1)


def total(flows: Iterable[Flow], side: str, skip: Iterable[str] = ()) -> float | None:
    """Sum of one side ("inward" or "outward") of the flows that are known; None when none is."""
    rates = [getattr(flow, side) for flow in flows if flow.name not in skip]
    known = [value for value in rates if value is not None]
    return sum(known) if known else None


def sample_of(snapshot: Snapshot) -> dict[str, float | None]:
    """The figures of a snapshot that are kept over time. Loopback traffic is left out."""
    disk = snapshot.main_disk
    values = {
        "cpu": snapshot.cpu,
        "load1": snapshot.load[0] if snapshot.load else None,
        "memory": snapshot.room.percent,
        "swap": snapshot.swap.percent if snapshot.swap else None,
        "disk": disk.percent if disk else None,
        "disk_read": total(snapshot.disk_flow, "inward"),
        "disk_write": total(snapshot.disk_flow, "outward"),
        "net_recv": total(snapshot.nic_flow, "inward", skip=("lo", "lo0")),
        "net_sent": total(snapshot.nic_flow, "outward", skip=("lo", "lo0")),
    }
    return {name: None if value is None else round(value, 2) for name, value in values.items()}


def slot(at: float, *, seconds: int, size: int) -> tuple[int, int]:
    """Number of the ring's slot for a time, and the start of that slot's interval in epoch seconds."""
    tick = int(at // seconds)
    return tick % size, tick * seconds


def roll_up(samples: Sequence[Sample]) -> RollUp:
    """Least, mean, greatest and number of each metric's known values."""
    return {name: _spread([value for s in samples if (value := s.get(name)) is not None]) for name in METRICS}


def _spread(values: Sequence[float]) -> list[float] | None:
    if not values:
        return None
    return [min(values), sum(values) / len(values), max(values), len(values)]


def merge(parts: Sequence[Mapping[str, Sequence[float] | None]]) -> RollUp:
    """One roll-up of several, as if it had been made of all their samples."""
    return {name: _merged([part for p in parts if (part := p.get(name)) is not None]) for name in METRICS}


def _merged(parts: Sequence[Sequence[float]]) -> list[float] | None:
    if not parts:
        return None
    count = sum(part[3] for part in parts)
    mean = sum(part[1] * part[3] for part in parts) / count
    return [min(part[0] for part in parts), mean, max(part[2] for part in parts), count]


def spread_of(value: object) -> list[float] | None:
    """One raw value as a roll-up of itself."""
    return [value, value, value, 1] if isinstance(value, int | float) else None


def timeline(known: Sequence[int], *, first: int, last: int, step: int, gap: int) -> list[int]:
    """The times of a chart from `first` to `last`: those known, with a time on either side of every real gap.

    `known` is sorted. A point that stands alone between two gaps gets a second time at the end of its step, since a
    line needs two points to be seen.
    """
    times: list[int] = []
    for number, at in enumerate(known):
        before = known[number - 1] if number else first - step
        after = known[number + 1] if number + 1 < len(known) else last + step
        if at - before > gap:
            times.append(at - step if number else first)
        times.append(at)
        if after - at > gap:
            times += [at + step - 1] if at - before > gap else []
            times.append(at + step if after <= last else last)
    return sorted(set(times)) if times else [first, last]


def command_title(command: Sequence[str], name: str) -> str:
    """What a process was started as: the program, its script and the script's verb.

    Options are left out, and so is every word with a digit or a sign in it: any of them may be a secret.
    """
    words = [word.rsplit("/", 1)[-1] for word in command[:3]]
    if not words or not words[0]:
        return name
    pairs = zip(words, command[:3], strict=True)
    plain = [PLAIN_WORD.fullmatch(word) and not re.search("[:@=]", whole) for word, whole in pairs]
    if len(words) > 1 and plain[1]:
        is_script = words[1].endswith(SCRIPTS)
        return " ".join(words[: 3 if len(words) > 2 and plain[2] and is_script else 2])[:80]
    return words[0].split(" ")[0][:40]
