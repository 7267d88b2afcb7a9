"""Bringing runs back to workers: whose worker died, whose pause is over, of whom no worker has heard.

The tick does it once a minute and each worker's supervisor once a second, whenever there is something to do. Any number
of them at the same time do no harm: each run is taken by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from django.conf import settings

from domains.base.database import atomic_write
from domains.orchestration import points, siblings
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.service.claims import MAX_CLAIMS
from domains.orchestration.states import Queue
from domains.orchestration.wakeups import announce

UNWOKEN = timedelta(seconds=60)
"""A queued run that no worker has taken for so long is announced again."""
BATCH = 100
DEAD = {
    "code": "dead",
    "message": f"The run was given up: its worker died {MAX_CLAIMS} times. Look for the cause, then resume it.",
    "retryable": True,
}
TOO_LATE = "Cancelled, since the time of its parent run was over."
LATE = {"code": "deadline", "message": "Its deadline passed before a worker began it.", "retryable": False}
log = structlog.get_logger(__name__)


def reap() -> int:
    """Bury runs that keep killing workers, end or stop those that are too late, queue what can go on; how many."""
    if not runs.needs_reaping():
        return 0
    buried, late = runs.bury(DEAD), runs.end_late(LATE)
    if buried:
        log.error("runs_given_up", count=buried)
    return buried + late + _stop_families() + _queue(runs.take_expired) + _queue(runs.take_retries)


def wake_forgotten() -> int:
    """Announce again what was announced a minute ago and taken by nobody; the number of runs."""
    with atomic_write():
        forgotten = runs.forgotten(UNWOKEN, BATCH)
        announce_all(forgotten)
    return len(forgotten)


def announce_all(found: Sequence[Run]) -> None:
    """Send as many wake-ups for each queue as one machine has workers: each takes one run after another."""
    for queue in Queue.values:
        for run in [run for run in found if run.queue == queue][: settings.Q_CLUSTER["workers"]]:
            announce(run)
    runs.mark_woken(run.pk for run in found)


def _stop_families() -> int:
    """Stop the children of runs whose time is over and whose stuck children would keep them waiting."""
    late = runs.late_parents(BATCH)
    for parent in late:
        with atomic_write():
            siblings.stop(parent, TOO_LATE)
    return len(late)


def _queue(take: Callable[[int], list[Run]]) -> int:
    """One batch after another, each in a transaction with its wake-ups."""
    count = 0
    while True:
        with atomic_write():
            taken = take(BATCH)
            if taken:
                points.reach("reaper.released")
                announce_all(taken)
        count += len(taken)
        if len(taken) < BATCH:
            return count
