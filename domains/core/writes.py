"""What the sampler writes: its lock and the rings. Telemetry, so no run and no event stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.utils import timezone

from domains.base.database import atomic_write
from domains.core.models import HostSample, Tier
from domains.core.rules import INTERVAL, merge, roll_up, slot
from domains.core.service import host_samples, sampler_locks
from domains.core.snapshot import MISSED_BEATS


def take_lock(*, host: str, owner: str) -> bool:
    """Become the host's sampler if nobody is, or the one who is missed three beats. True when it worked."""
    now, patience = timezone.now(), timedelta(seconds=MISSED_BEATS * INTERVAL)
    with atomic_write():
        return sampler_locks.take(host=host, owner=owner, now=now, oldest=now - patience, newest=now + patience)


def free_lock(*, host: str, owner: str) -> bool:
    """Let the next sampler in at once. False when the lock was somebody else's already."""
    with atomic_write():
        return sampler_locks.release(host=host, owner=owner)


def record(
    *, host: str, at: float, sample: Mapping[str, float | None], owner: str = "", before: float | None = None
) -> bool:
    """Put one sample into the rings, in one transaction with the owner's beat.

    `at` is in epoch seconds, `before` the time of the sample before it. When a minute has closed in between, or that is
    not known, the closed minutes are rolled up, together with their quarters of an hour. Returns False, having written
    nothing, when an owner is named and the lock is no longer theirs.
    """
    with atomic_write():
        if owner and not sampler_locks.beat(host=host, owner=owner, now=timezone.now()):
            return False
        host_samples.put([_slot(host, Tier.RAW, at, sample)])
        if before is None or before // Tier.MINUTE != at // Tier.MINUTE:
            _close_minutes(host, at)
    return True


def _slot(host: str, tier: Tier, at: float, payload: object) -> HostSample:
    number, start = slot(at, seconds=tier, size=tier.size)
    return HostSample(host=host, tier=tier, slot=number, ts=start, payload=payload)


def _close_minutes(host: str, at: float) -> None:
    """Roll up every minute of the raw ring that has ended and is not rolled up; doing it twice changes nothing."""
    this_minute = int(at // Tier.MINUTE) * Tier.MINUTE
    done = host_samples.newest(host=host, tier=Tier.MINUTE)
    if done is not None and done >= this_minute:  # the clock was set back
        done = this_minute - Tier.RAW * Tier.RAW.size
    start = 0 if done is None else done + Tier.MINUTE
    if start >= this_minute:
        return
    samples = host_samples.between(host=host, tier=Tier.RAW, start=start, end=this_minute)
    minutes: dict[int, list[dict[str, float | None]]] = {}
    for ts, payload in samples.values_list("ts", "payload"):
        minutes.setdefault(ts // Tier.MINUTE * Tier.MINUTE, []).append(payload)
    host_samples.put([_slot(host, Tier.MINUTE, ts, roll_up(rows)) for ts, rows in minutes.items()])
    for quarter in sorted({ts // Tier.QUARTER * Tier.QUARTER for ts in minutes}):
        _roll_quarter(host, quarter)


def _roll_quarter(host: str, start: int) -> None:
    minutes = host_samples.between(host=host, tier=Tier.MINUTE, start=start, end=start + Tier.QUARTER)
    parts = list(minutes.values_list("payload", flat=True))
    host_samples.put([_slot(host, Tier.QUARTER, start, merge(parts))])
