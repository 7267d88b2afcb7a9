"""Runs that somebody waits for, in the process that started them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.urls import reverse
from django.utils import timezone

from domains.base.ambient import ambient, current
from domains.base.database import atomic_write, is_lost
from domains.orchestration import codec, points
from domains.orchestration.course import Course, noted
from domains.orchestration.durable import DurableJournal, patiently
from domains.orchestration.exceptions import Fenced
from domains.orchestration.execution import Execution
from domains.orchestration.failures import failure, trace
from domains.orchestration.journal import AtomicJournal
from domains.orchestration.lease import kept, owner
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.states import RunState
from domains.orchestration.values import RESULT

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RunInfo:
    """`created` is False when an active run of the same key was found; `result` is None while a run is queued."""

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
        return cls(run.uuid, str(run.state), created, codec.decode(run.result))


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
    run = draft(main, method=method, args=args, application=application, state=RunState.RUNNING, attempt=1, epoch=1)
    run.started, run.lease_owner, run.deadline = timezone.now(), owner(), deadline
    with ambient(run_uuid=str(run.uuid), application=run.application):
        course = _durable(main, run) if durable or not main.plan.is_plain else _atomic(main, run)
    if course is None:
        return RunInfo.of(runs.get(pk=run.pk))
    if course.exception and course.has_ended:
        raise course.exception
    result = codec.decode(main.values.stored.get(RESULT)) if course.has_ended else None
    return RunInfo(run.uuid, str(course.state), True, result)


def _atomic(main: MainOrchestrator, run: Run) -> Course:
    journal = AtomicJournal(run)
    execution = Execution(main, journal)
    try:
        with ExitStack() as stack:
            patiently(lambda: stack.enter_context(atomic_write()))
            execution.run()
            journal.save()
    except Exception as error:
        if not _was_committed(run, error):
            _store_failed(run, error)
            raise
    points.reach("run.ended")
    return execution.course


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
