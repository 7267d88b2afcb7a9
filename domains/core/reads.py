"""Questions about this host: the latest snapshot, its history, ready bytes, health."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import structlog
from django.core.cache import cache
from django.db import Error as DatabaseError

from domains.base.ready import ReadyBytes
from domains.core import ready
from domains.core.facts import Fact, facts
from domains.core.health import Outcome, Report, brief_health_json, health_json, health_report
from domains.core.host import host_name
from domains.core.models import Tier
from domains.core.ready import Renderer, register_renderer
from domains.core.rules import INTERVAL, METRICS, merge, spread_of, timeline
from domains.core.sampler import sample_in_request
from domains.core.service import host_samples, sampler_locks
from domains.core.snapshot import MISSED_BEATS, Flow, Process, Snapshot

__all__ = [
    "METRICS",
    "Fact",
    "Flow",
    "Outcome",
    "Process",
    "Renderer",
    "Report",
    "Series",
    "Snapshot",
    "Window",
    "brief_health_json",
    "facts",
    "health_json",
    "health_report",
    "is_stale",
    "latest_json",
    "latest_panel",
    "latest_snapshot",
    "register_renderer",
    "series",
    "shown_host",
]

log = structlog.get_logger(__name__)
Window = Literal["hour", "day", "month"]
STALE_AFTER = MISSED_BEATS * INTERVAL


@dataclass(frozen=True, slots=True)
class _Span:
    """How a window is read: ring, length, seconds between points, seconds that are a gap, seconds a reading is kept."""

    tier: Tier
    length: int
    step: int
    gap: int
    kept: int


_SPANS: dict[str, _Span] = {
    "hour": _Span(Tier.RAW, 3600, 10, 60, 10),
    "day": _Span(Tier.MINUTE, 86400, 300, 300, 60),
    "month": _Span(Tier.QUARTER, 30 * 86400, 3600, 3600, 300),
}


@dataclass(frozen=True, slots=True)
class Series:
    """Figures over time: `times` in epoch seconds, growing, and for each metric the mean and the peak at each time.

    None is a gap. Times without any sample are left out where the gap is too short to matter.
    """

    times: list[int]
    values: dict[str, list[float | None]]
    peaks: dict[str, list[float | None]]


def shown_host() -> str:
    """The host that the pages show: this one if it is sampled, else the one that was sampled last."""
    own = host_name()
    if cache.has_key(ready.key("snapshot", own)):
        return own
    other = cache.get("core:shown-host")
    if other is None:
        other = _sampled_last() or own
        cache.set("core:shown-host", other, 30)
    return str(other)


def _sampled_last() -> str | None:
    try:
        newest = sampler_locks.all().order_by("-beat").first()
    except DatabaseError as error:
        log.warning("core.hosts_unknown", reason=str(error).strip())
        return None
    return newest.host if newest and ready.find_snapshot(newest.host) else None


def latest_snapshot() -> Snapshot | None:
    """The newest snapshot, by the sampler; by this request when the sampler is silent. Ask `is_stale` of its age."""
    host = shown_host()
    found = ready.find_snapshot(host)
    return _refreshed(found, host) or found


def latest_json() -> ReadyBytes | None:
    """The newest snapshot as JSON bytes."""
    return _ready("json")


def latest_panel(name: str) -> ReadyBytes | None:
    """The newest bytes of a registered panel; rendered here if they are not there though the host was sampled."""
    found = _ready(f"panel:{name}")
    renderer = None if found else ready.renderer_of(name)
    snapshot = latest_snapshot() if renderer else None
    return ready.rendered(renderer, snapshot) if renderer and snapshot else found


def is_stale(at: float, interval: float = INTERVAL) -> bool:
    """Whether a sample of that time is too old to pass for the present: three intervals."""
    return time.time() - at > MISSED_BEATS * interval


def _ready(name: str) -> ReadyBytes | None:
    """One look into the cache in the ordinary case: the sampler runs here."""
    own = host_name()
    found = ready.find(name, own)
    if found is not None and not _is_old(name, found):
        return found
    host = own if found else shown_host()
    found = found or ready.find(name, host)
    return ready.find(name, host) if _refreshed(ready.find_snapshot(host), host) else found


def _is_old(name: str, found: ReadyBytes) -> bool:
    return is_stale(found.at, interval=2 * INTERVAL if "processes" in name else INTERVAL)


def _refreshed(found: Snapshot | None, host: str) -> Snapshot | None:
    """A sample taken here and now, when the newest is stale, is of this host, and nobody else takes one."""
    if host != host_name() or (found and not is_stale(found.at)):
        return None
    return sample_in_request(found) if ready.may_sample(host, STALE_AFTER) else None


def series(window: Window) -> Series:
    """The metrics of the shown host over the last hour (10 s), day (5 min) or month (1 h)."""
    host = shown_host()
    name = ready.key(f"series:{window}", host)
    found = cache.get(name)
    if not isinstance(found, Series):
        found = _series(host, _SPANS[window], time.time())
        cache.set(name, found, _SPANS[window].kept)
    return found


def _series(host: str, span: _Span, now: float) -> Series:
    last = int(now // span.step) * span.step
    first = last - span.length + span.step
    rows = host_samples.between(host=host, tier=span.tier, start=first, end=last + span.step)
    cells: dict[int, list[dict[str, object]]] = {}
    for ts, payload in rows.values_list("ts", "payload"):
        cells.setdefault(ts // span.step * span.step, []).append(payload)
    points = {ts: _point(cell) for ts, cell in cells.items()}
    times = timeline(sorted(points), first=first, last=last, step=span.step, gap=span.gap)
    blank = _point([])
    shown = [points.get(time, points.get(time - span.step + 1, blank)) for time in times]
    return Series(
        times,
        {name: [point[name][0] for point in shown] for name in METRICS},
        {name: [point[name][1] for point in shown] for name in METRICS},
    )


def _point(cell: list[dict[str, object]]) -> dict[str, tuple[float | None, float | None]]:
    """Mean and peak of each metric, of raw samples or of roll-ups."""
    merged = merge([{n: v if isinstance(v, list) else spread_of(v) for n, v in payload.items()} for payload in cell])
    return {n: (None, None) if v is None else (_short(v[1]), _short(v[2])) for n, v in merged.items()}


def _short(value: float) -> float:
    """Four digits are more than a chart can show; every one of them is sent to every viewer."""
    return round(value, 1) if value < 1000 else round(value)
