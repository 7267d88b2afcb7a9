"""Starting runs: the one way in for buttons, JSON, schedules and commands."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError

from domains.audit.writes import record_event
from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration import codec
from domains.orchestration.exceptions import RegistrationError
from domains.orchestration.failures import masked
from domains.orchestration.inline import RunInfo, draft, execute_inline
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service import runs
from domains.orchestration.wakeups import announce
from domains.permissions.actors import actor_of

__all__ = ["RunInfo", "run_now", "start"]


def start(
    orchestrator: str,
    method: str,
    *,
    actor: Any = None,
    key: str = "",
    queue: str = "default",
    application: str = "",
    **args: Any,
) -> RunInfo:
    """Stage the run here and queue it for a worker, in one commit with its audit event.

    `actor` is a user, None for whoever acts now. While a run with the same non-empty `key` is active, that run is
    returned instead. `args` are JSON values, dates, Decimal or UUID. Raises what the staging method raises.
    """
    with ambient(**(actor_of(actor) if actor else {})):
        return _start(orchestrator, method, key=key, application=application, args=args, queue=queue)


def run_now(orchestrator: str, method: str, *, actor: Any = None, application: str = "", **args: Any) -> RunInfo:
    """Stage the run and carry it out in this process: in one transaction if it has database steps only.

    Raises what the failing step raised, after the steps before it are rolled back; the run stays visible.
    """
    with ambient(**(actor_of(actor) if actor else {})):
        main = _staged(orchestrator, method, args)
        encoded = codec.encode_mapping(args, "argument")
        return execute_inline(main, method=method, args=encoded, application=application)


def start_again(run: Run) -> RunInfo:
    """Queue a new run of the same orchestrator, method and arguments, staged by the code of today."""
    args = codec.decode(run.args)
    return _start(
        run.orchestrator,
        run.method,
        key=run.key,
        application=run.application,
        args=args,
        queue=run.queue,
        again_of_id=run.pk,
    )


def _start(
    orchestrator: str, method: str, *, key: str, application: str, args: dict[str, Any], **values: Any
) -> RunInfo:
    encoded = codec.encode_mapping(args, "argument")
    main = _staged(orchestrator, method, args)
    run = draft(main, method=method, args=encoded, application=application, key=key, **values)
    for _ in range(3):
        if found := runs.active_with_key(key):
            return RunInfo.of(found, created=False)
        try:
            with atomic_write():
                _store(run)
        except IntegrityError:
            if not key:
                raise
            run.pk = None
            continue
        return RunInfo.of(run)
    raise Conflict(f"Other runs with the key {key} start and end too fast. Try again.")


def _store(run: Run) -> None:
    runs.bulk_create([run])
    record_event(
        "orchestration.run.started",
        object_type="orchestration.run",
        object_id=run.uuid,
        object_name=run.name,
        after={"args": masked(run.args), "key": run.key},
        application=run.application,
    )
    announce(run)


def _staged(orchestrator: str, method: str, args: dict[str, Any]) -> MainOrchestrator:
    domain = OrchestratorRegistry.get(orchestrator)
    stage = None if method.startswith("_") else getattr(domain, method, None)
    if not callable(stage):
        raise RegistrationError(f"The orchestrator {orchestrator} has no method {method}.")
    stage(**args)
    main: MainOrchestrator = domain.orchestrator
    return main
