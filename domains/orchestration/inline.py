"""Runs that somebody waits for, in the process that started them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.urls import reverse
from django.utils import timezone

from domains.base.ambient import ambient, current
from domains.base.database import atomic_write
from domains.orchestration import codec
from domains.orchestration.exceptions import Fenced
from domains.orchestration.execution import Execution
from domains.orchestration.failures import failure, trace
from domains.orchestration.journal import AtomicJournal, DurableJournal
from domains.orchestration.lease import kept, owner
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.service.clock import lease
from domains.orchestration.states import RunState

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
    """Run the staged plan here: in one transaction if all steps are database steps, else a commit a step, as with
    `durable`.
    """
    values = {"deadline": deadline, "state": RunState.RUNNING, "attempt": 1, "epoch": 1}
    run = draft(main, method=method, args=args, application=application, **values)
    run.started, run.lease_owner = timezone.now(), owner()
    with ambient(run_uuid=str(run.uuid), application=run.application):
        execution = _atomic(main, run) if main.plan.only_db and not durable else _durable(main, run)
    if execution.exception:
        raise execution.exception
    return RunInfo.of(runs.get(pk=run.pk))


def _atomic(main: MainOrchestrator, run: Run) -> Execution:
    journal = AtomicJournal(run)
    execution = Execution(main, journal)
    try:
        with atomic_write():
            execution.run()
            journal.save()
    except Exception as error:
        _store_failed(run, error)
        raise
    return execution


def _durable(main: MainOrchestrator, run: Run) -> Execution:
    run.lease_until = timezone.now() + lease()
    runs.bulk_create([run])
    execution = Execution(main, DurableJournal(run))
    try:
        with kept(run):
            execution.run()
    except Fenced as error:
        log.warning("run_taken_over", run=str(run.uuid), reason=str(error))
    return execution


def _store_failed(run: Run, error: Exception) -> None:
    """The database has undone everything, at the commit; what is left to keep is that it was tried."""
    run.pk, run.state, run.ended = None, RunState.ROLLED_BACK, timezone.now()
    run.error, run.traceback = failure(error, "The run"), trace(error)
    with atomic_write():
        runs.bulk_create([run])
