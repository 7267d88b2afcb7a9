"""What the queue calls: wake-ups, and the tick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

import structlog
from django.core.cache import cache

from domains.base.database import atomic_write
from domains.orchestration import pulse, stopping
from domains.orchestration.carry_out import carry_out_claimed
from domains.orchestration.failures import redact, trace
from domains.orchestration.lease import owner
from domains.orchestration.reaper import announce_all, reap, wake_forgotten
from domains.orchestration.retention import delete_old
from domains.orchestration.schedules import start_due
from domains.orchestration.service import runs
from domains.orchestration.states import Queue

WAKE_S = 60.0
"""Seconds after which a wake-up takes no further run but sends another wake-up: django-q2 bounds each task."""
OVERDUE_S = 120
TICKED = "orchestration:ticked"
PARTS: tuple[Callable[[], int], ...] = (reap, wake_forgotten, start_due, delete_old)
log = structlog.get_logger(__name__)


def wake(*queues: str) -> int:
    """Carry out what waits in these queues, one run after another; how many it were."""
    return run_queued(queues, within_s=WAKE_S)


def kicked(*queues: str) -> int:
    """What a supervisor has its cluster do, past the message broker: the tick if there was none, then as `wake`."""
    if Queue.DEFAULT in queues and not cache.get(TICKED):
        tick()
    return wake(*queues)


def run_queued(queues: Sequence[str] = tuple(Queue.values), *, within_s: float = float("inf")) -> int:
    """Carry out queued runs, one after another, until there are none that can be had, or this process is to stop, or
    the time is over; how many it were.
    """
    count, until = 0, monotonic() + within_s
    pulse.beat()
    while not stopping.requested() and (run := runs.claim_next(queues, owner())):
        pulse.beat()
        carry_out_claimed(run)
        count += 1
        if monotonic() > until:
            _pass_on(queues)
            break
    return count


def tick() -> None:
    """Once a minute: whatever has to be looked after. A part that fails stops no other."""
    cache.set(TICKED, True, timeout=OVERDUE_S)
    for part in PARTS:
        if stopping.requested():
            return
        pulse.beat()
        try:
            part()
        except Exception as error:  # noqa: BLE001 - logged, and the next tick tries it again
            log.error("tick_failed", part=part.__name__, reason=redact(str(error)), traceback=trace(error))


def _pass_on(queues: Sequence[str]) -> None:
    following = next(filter(None, map(runs.next_of, queues)), None)
    if following:
        with atomic_write():
            announce_all([following])
