"""A worker's work on one run that it has claimed."""

from __future__ import annotations

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
from domains.orchestration.service import runs
from domains.orchestration.wakeups import announce

SLICE_S = 300.0
log = structlog.get_logger(__name__)


def carry_out(pk: int) -> bool:
    """Claim this run and carry it out; False when somebody else does, or when it has ended."""
    run = runs.find(pk=pk)
    if run is None or not runs.claim(run, owner()):
        return False
    carry_out_claimed(runs.get(pk=pk))
    return True


def carry_out_claimed(run: Run) -> None:
    """Carry the run out until it ends, waits, or its slice of time is over; its row was read after it was claimed."""
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
                announce(run)
