"""What the queue calls: wake-ups with the id of a run, and the tick."""

from __future__ import annotations

from datetime import timedelta

import structlog

from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.orchestration.exceptions import Fenced
from domains.orchestration.execution import Execution
from domains.orchestration.journal import DurableJournal
from domains.orchestration.lease import kept, owner
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.plan import Plan
from domains.orchestration.schedules import start_due
from domains.orchestration.service import MAX_CLAIMS, runs
from domains.orchestration.wakeups import announce

SLICE_S = 300.0
UNWOKEN = timedelta(seconds=60)
BATCH = 100
log = structlog.get_logger(__name__)


def wake(run_id: int) -> bool:
    """Carry out the run if it is free; False when somebody else does, or when it has ended."""
    run = runs.find(pk=run_id)
    if run is None or not runs.claim(run, owner()):
        return False
    _carry_out(runs.get(pk=run_id))
    return True


def run_queued() -> int:
    """Carry out queued runs, one after another, until there are none that can be had; how many."""
    count = 0
    while (run := runs.waiting().first()) and wake(run.pk):
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
    for run in [*runs.expired()[:BATCH], *runs.unwoken(UNWOKEN)[:BATCH]]:
        with atomic_write():
            announce(run.pk)
    start_due()


def _carry_out(run: Run) -> None:
    who = {"actor_id": run.actor_id, "actor_name": run.actor_name, "request_id": run.request_id}
    with ambient(**who, run_uuid=str(run.uuid), application=run.application), kept(run):
        main = MainOrchestrator(run.orchestrator, plan=Plan.from_json(run.plan), context=run.context)
        main.run_uuid = run.uuid
        try:
            ended = Execution(main, DurableJournal(run), slice_s=SLICE_S).run()
        except Fenced as error:
            log.warning("run_taken_over", run=str(run.uuid), reason=str(error))
            return
    if not ended:
        with atomic_write():
            if runs.hand_back(run.pk, run.epoch):
                announce(run.pk)
