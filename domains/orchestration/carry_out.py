"""A worker's work on one run that it has claimed."""

from __future__ import annotations

import structlog
from django.db import Error

from domains.base.ambient import ambient
from domains.orchestration import points
from domains.orchestration.course import Course
from domains.orchestration.durable import DurableJournal
from domains.orchestration.exceptions import Fenced, PlanMismatch
from domains.orchestration.execution import Execution
from domains.orchestration.failures import failure
from domains.orchestration.lease import kept, owner
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.plan import Plan
from domains.orchestration.service import runs
from domains.orchestration.states import RunState

SLICE_S = 300.0
log = structlog.get_logger(__name__)


def carry_out(pk: int) -> bool:
    """Claim this run and carry it out; False when somebody else does, or when it has ended."""
    run = runs.find(pk=pk)
    if run is None or not runs.claim(run, owner()):
        return False
    carry_out_claimed(run)
    return True


def carry_out_claimed(run: Run) -> None:
    """Carry the run out until it ends, waits, or its slice of time is over; its row was read when it was claimed.

    When the database is gone the run is left alone: its lease runs out, and it goes on from its last commit.
    """
    points.reach("run.claimed")
    who = {"actor_id": run.actor_id, "actor_name": run.actor_name, "request_id": run.request_id}
    with ambient(**who, run_uuid=str(run.uuid), application=run.application), kept(run):
        try:
            _go_on(run)
        except Fenced as error:
            log.warning("run_taken_over", run=str(run.uuid), reason=str(error))
        except Error as error:
            log.error("run_left", run=str(run.uuid), reason=str(error))


def _go_on(run: Run) -> None:
    try:
        plan = Plan.from_json(run.plan)
    except PlanMismatch as error:
        main = MainOrchestrator(run.orchestrator, context=run.context)
        Course(main, DurableJournal(run)).end(RunState.BLOCKED, error=failure(error, "The run"))
        return
    main = MainOrchestrator(run.orchestrator, plan=plan, context=run.context)
    main.run_uuid = run.uuid
    Execution(main, DurableJournal(run), slice_s=SLICE_S).run()
