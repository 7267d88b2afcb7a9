"""Starting runs: the one way in for buttons, JSON, schedules and commands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from domains.audit.writes import record_event
from domains.base.ambient import ambient
from domains.base.database import after_commit, atomic_write
from domains.base.errors import Conflict, ValidationFailed
from domains.base.json_values import is_storable
from domains.orchestration import codec, points
from domains.orchestration.failures import masked
from domains.orchestration.inline import RunInfo, draft, execute_inline
from domains.orchestration.models import Run
from domains.orchestration.registry import staged
from domains.orchestration.service import runs
from domains.orchestration.states import Queue
from domains.orchestration.wakeups import announce
from domains.permissions.actors import actor_of

__all__ = ["RunInfo", "run_now", "start"]
MAX_PRIORITY = 32_767
LONGEST_DEADLINE_S = 366 * 86_400
LONGEST_NAME = {"key": 200, "application": 64}
"""As many characters as the columns of a run take."""


def start(
    orchestrator: str,
    method: str,
    *,
    actor: Any = None,
    key: str = "",
    queue: str = Queue.DEFAULT,
    priority: int = 0,
    application: str = "",
    deadline_s: float | None = None,
    **args: Any,
) -> RunInfo:
    """Stage the run here and queue it for a worker, in one commit with its audit event.

    `actor` is a user, None for whoever acts now. While a run of the same orchestrator and non-empty `key` is active,
    that run is returned instead. Within its queue the run of the highest `priority` comes first, then the oldest. After
    `deadline_s` seconds from now it turns back. `args` are what a context may hold. Raises ValidationFailed for a
    queue, a priority, a key, an application or a deadline that cannot be, NotPrepared when staging fails, and what
    staging says to people.
    """
    values = {"queue": queue, "priority": priority, "deadline": _deadline(deadline_s)}
    _check_place(queue, priority, key=key, application=application)
    with ambient(**(actor_of(actor) if actor else {})):
        return _start(orchestrator, method, key=key, application=application, args=args, **values)


def run_now(
    orchestrator: str,
    method: str,
    *,
    actor: Any = None,
    application: str = "",
    durable: bool = False,
    deadline_s: float | None = None,
    **args: Any,
) -> RunInfo:
    """Stage the run and carry it out in this process: in one transaction if it has database steps only.

    With `durable` each step is a commit of its own even then, so that a crash loses one step at most. Raises what the
    failing step raised, after the steps before it are rolled back; the run stays visible.
    """
    deadline = _deadline(deadline_s)
    with ambient(**(actor_of(actor) if actor else {})):
        main = staged(orchestrator, method, args)
        encoded = codec.encode_mapping(args, "argument")
        return execute_inline(
            main, method=method, args=encoded, application=application, durable=durable, deadline=deadline
        )


def start_again(run: Run) -> RunInfo:
    """Queue a new run of the same orchestrator, method and arguments, staged by the code of today."""
    return _start(
        run.orchestrator,
        run.method,
        key=run.key,
        application=run.application,
        args=codec.decode(run.args),
        queue=run.queue,
        priority=run.priority,
        deadline=timezone.now() + (run.deadline - run.created) if run.deadline else None,
        again_of_id=run.pk,
    )


def _deadline(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    if not 0 < seconds <= LONGEST_DEADLINE_S:
        fault = f"A deadline is a number of seconds above 0, {LONGEST_DEADLINE_S:,} at most."
        raise ValidationFailed(fault, fields={"deadline_s": [fault]})
    return timezone.now() + timedelta(seconds=seconds)


def _check_place(queue: str, priority: int, **names: str) -> None:
    faults = {}
    for field, text in names.items():
        most = LONGEST_NAME[field]
        if len(text) > most or not is_storable(text):
            faults[field] = [f"The {field} of a run has at most {most} characters, each of which can be stored."]
    if queue not in Queue.values:
        faults["queue"] = [f"There is no queue “{queue}”; choose {', '.join(Queue.values[:-1])} or {Queue.values[-1]}."]
    if not -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        faults["priority"] = [f"A priority is a number from -{MAX_PRIORITY} to {MAX_PRIORITY}."]
    if faults:
        raise ValidationFailed(" ".join(fault for (fault,) in faults.values()), fields=faults)


def _start(
    orchestrator: str, method: str, *, key: str, application: str, args: dict[str, Any], **values: Any
) -> RunInfo:
    encoded = codec.encode_mapping(args, "argument")
    main = staged(orchestrator, method, args)
    run = draft(main, method=method, args=encoded, application=application, key=key, **values)
    for _ in range(3):
        if found := runs.active_with_key(orchestrator, key):
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
    raise Conflict(f"Other runs of {orchestrator} with the key {key} start and end too fast. Try again.")


def _store(run: Run) -> None:
    points.reach("start.before_insert")
    runs.bulk_create([run])
    record_event(
        "orchestration.run.started",
        object_type="orchestration.run",
        object_id=run.uuid,
        object_name=run.name,
        after={"args": masked(run.args), "key": run.key},
        application=run.application,
    )
    after_commit(lambda: points.reach("start.committed"))
    announce(run)
    after_commit(lambda: points.reach("start.announced"))
