"""What the queue calls: wake-ups, and the tick."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from domains.base.database import atomic_write
from domains.orchestration.carry_out import carry_out_claimed
from domains.orchestration.lease import owner
from domains.orchestration.schedules import start_due
from domains.orchestration.service import runs
from domains.orchestration.service.claims import MAX_CLAIMS
from domains.orchestration.states import Queue
from domains.orchestration.wakeups import announce

UNWOKEN = timedelta(seconds=60)
BATCH = 100
log = structlog.get_logger(__name__)


def wake(*queues: str) -> int:
    """Carry out what waits in these queues, one run after another; how many it were."""
    return run_queued(queues)


def run_queued(queues: Sequence[str] = tuple(Queue.values)) -> int:
    """Carry out queued runs, one after another, until there are none that can be had; how many."""
    count = 0
    while run := runs.claim_next(queues, owner()):
        carry_out_claimed(run)
        count += 1
    return count


def tick() -> None:
    """Once a minute: bury runs that keep killing workers, announce forgotten ones again, start what is due."""
    buried = runs.bury(
        {
            "code": "dead",
            "message": f"The run was given up: its worker died {MAX_CLAIMS} times. Look for the cause, then resume it.",
            "retryable": True,
        }
    )
    if buried:
        log.error("runs_given_up", count=buried)
    runs.release_expired()
    for run in runs.unwoken(UNWOKEN)[:BATCH]:
        with atomic_write():
            announce(run)
    start_due()
