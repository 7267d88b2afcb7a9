"""Runs that somebody waits for, in the process that started them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from time import sleep
from typing import Any
from uuid import UUID

import structlog
from django.urls import reverse
from django.utils import timezone

from domains.base.ambient import ambient, current
from domains.base.database import atomic_write, in_transaction, is_lost
from domains.orchestration import codec, points
from domains.orchestration.course import Course, noted
from domains.orchestration.durable import DurableJournal, patiently
from domains.orchestration.exceptions import Contended, Fenced, has_lost
from domains.orchestration.execution import Execution
from domains.orchestration.failures import failure, trace
from domains.orchestration.journal import AtomicJournal
from domains.orchestration.lease import kept, owner
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.retries import Retry
from domains.orchestration.service import runs
from domains.orchestration.states import RunState
from domains.orchestration.values import RESULT

AGAIN = Retry(attempts=6, first_s=0.05, factor=3.0, most_s=5.0, jitter=0.5)
"""When a run of one transaction is done again after it has lost against others."""
LOST = "Others kept changing the same rows at the same moment, so nothing of this was kept. Try again."
IN_ANOTHER = (
    "Others have changed the same rows at the same moment, so nothing of this was kept. It was part of a larger "
    "transaction, which only the caller can repeat."
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """`created` is False when an active run of the key was found; `result` is None until it has ended."""

    uuid: UUID
    state: str
    created: bool
    result: object

    @property
    def url(self) -> str:
        """The run's page."""
        return reverse("run", args=[self.uuid])

    @classmethod
    def of(cls, run: Run, *, created: bool = True) -> RunInfo:
        """What callers learn of this run."""
        return cls(run.uuid, str(run.state), created, codec.decode(run.result) if run.is_finished else None)


def draft(main: MainOrchestrator, *, method: str, args: dict[str, Any], application: str, **values: Any) -> Run:
    """The run of a staged plan, by the current actor, not yet stored. `args` are encoded."""
    who = current()
    return Run(
        uuid=main.run_uuid,
        orchestrator=main.name,
        method=method,
        application=application or who.application,
        actor_id=who.actor_id,
        actor_name=who.actor_name,
        request_id=who.request_id,
        plan=main.plan.to_json(),
        args=args,
        context=main.values.stored,
        **values,
    )


def execute_inline(
    main: MainOrchestrator,
    *,
    method: str,
    args: dict[str, Any],
    application: str,
    durable: bool = False,
    deadline: datetime | None = None,
) -> RunInfo:
    """Run the staged plan here: in one transaction if nothing in it waits or goes outside, else a commit a step.

    With `durable` it is a commit a step in any case. A run that has to wait is left to the workers.
    """

    def drafted(main: MainOrchestrator) -> Run:
        run = draft(main, method=method, args=args, application=application, state=RunState.RUNNING, attempt=1, epoch=1)
        run.started, run.lease_owner, run.deadline = timezone.now(), owner(), deadline
        return run

    with ambient(run_uuid=str(main.run_uuid), application=application or current().application):
        is_durable = durable or not main.plan.is_plain
        course = _durable(main, drafted(main)) if is_durable else _atomic(main, drafted)
    if course is None:
        return RunInfo.of(runs.get(uuid=main.run_uuid))
    if course.exception and course.has_ended:
        raise course.exception
    result = codec.decode(main.values.stored.get(RESULT)) if course.has_ended else None
    return RunInfo(main.run_uuid, str(course.state), True, result)


def _atomic(main: MainOrchestrator, drafted: Callable[[MainOrchestrator], Run]) -> Course:
    """The course of the run, which is done again as a whole, by instances of its own, while others win."""
    staged = dict(main.values.stored)
    for attempt in count(1):
        again = main if attempt == 1 else main.afresh(staged)
        journal = AtomicJournal(drafted(again))
        execution = Execution(again, journal)
        try:
            with atomic_write():
                execution.run()
                journal.save()
            break
        except Exception as error:
            if _was_committed(journal.run, error):
                break
            if _is_repeated(error, attempt):
                continue
            if not has_lost(error):
                _store_failed(journal.run, error)
                raise
            refused = Contended(IN_ANOTHER if in_transaction() else LOST)
            _store_failed(journal.run, refused)
            raise refused from error
    main.values = again.values
    points.reach("run.ended")
    return execution.course


def _is_repeated(error: Exception, attempt: int) -> bool:
    """Whether the run is to be done again, once the pause before it is over."""
    if not has_lost(error) or attempt == AGAIN.attempts or in_transaction():
        return False
    log.warning("run_done_again", reason=str(error))
    sleep(AGAIN.pause_s(attempt))
    return True


def _was_committed(run: Run, error: Exception) -> bool:
    """Whether only the answer to the commit was lost: the run is stored in no other way."""
    return is_lost(error) and runs.find(uuid=run.uuid) is not None


def _durable(main: MainOrchestrator, run: Run) -> Course | None:
    """The course of the run; None when a worker has taken it over."""
    first = noted(main.plan.steps[0], 0) if main.plan.steps else None
    journal = patiently(lambda: DurableJournal.of_new(run, first))
    execution = Execution(main, journal)
    try:
        with kept(run):
            execution.run()
    except Fenced as error:
        log.warning("run_taken_over", run=str(run.uuid), reason=str(error))
        return None
    return execution.course


def _store_failed(run: Run, error: Exception) -> None:
    """The database has undone everything, at the commit; what is left to keep is that it was tried."""
    run.pk, run.state, run.ended = None, RunState.ROLLED_BACK, timezone.now()
    run.error, run.traceback = failure(error, "The run"), trace(error)
    with atomic_write():
        runs.bulk_create([run])
