"""Steering schedules, and putting failed tasks away: each change is one commit with its audit event."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from domains.audit.writes import record_event, record_events
from domains.base.database import atomic_write
from domains.base.errors import Conflict, ValidationFailed
from domains.orchestration import schedules as times
from domains.orchestration.calls import check_allowed, check_target
from domains.orchestration.failures import HIDDEN, SECRET_KEY, masked
from domains.orchestration.inline import RunInfo
from domains.orchestration.models import Schedule
from domains.orchestration.service import failed_tasks, runs, schedules
from domains.orchestration.start import start

EDITABLE = (
    "name",
    "orchestrator",
    "method",
    "args",
    "application",
    "cron",
    "interval_s",
    "time_zone",
    "overlap",
    "catch_up",
    "catch_up_window_s",
    "queue",
    "priority",
    "paused",
)
TIMES = {"cron", "interval_s", "time_zone", "paused"}
"""What the next time depends on."""
FIXED = ("name", "orchestrator", "method")
"""What stays as it is where an extension brings the schedule."""


def create_schedule(**values: Any) -> Schedule:
    """Add a schedule. `values` are columns of Schedule that EDITABLE names; the others take their defaults.

    Raises ValidationFailed with the faults by field, PermissionDenied for what whoever asks may not start.
    """
    schedule = Schedule(**_known(values))
    with _unique_name():
        _check(schedule)
        check_allowed(schedule.orchestrator, schedule.method)
        schedule.next_run = _upcoming(schedule)
        schedules.bulk_create([schedule])
        _record(schedule, "created", {}, {name: getattr(schedule, name) for name in EDITABLE})
    return schedules.get(uuid=schedule.uuid)


def update_schedule(uuid: UUID | str, **values: Any) -> Schedule:
    """Change columns of a schedule; a secret of `args` given as it is shown, hidden, stays as it is.

    Raises ValidationFailed with the faults by field, Conflict for what a schedule of an extension must keep, and
    PermissionDenied unless whoever asks may start both what it has started so far and what it is to start.
    """
    with _unique_name():
        schedule = schedules.locked(uuid=uuid)
        check_allowed(schedule.orchestrator, schedule.method)
        given = _known(values)
        if "args" in given:
            given["args"] = _unmasked(given["args"], schedule.args)
        before = {name: getattr(schedule, name) for name in given}
        changed = {name: value for name, value in given.items() if value != before[name]}
        if schedule.built_in and (fixed := [name for name in FIXED if name in changed]):
            raise Conflict(f"An extension brings this schedule, so its {fixed[0]} stays. Pause it and add your own.")
        if changed:
            _save(schedule, "updated", changed)
            check_allowed(schedule.orchestrator, schedule.method)
    return schedules.get(uuid=uuid)


def delete_schedule(uuid: UUID | str) -> None:
    """Delete a schedule; runs that it has started go on. Raises Conflict for one that an extension brings."""
    with atomic_write():
        schedule = schedules.locked(uuid=uuid)
        if schedule.built_in:
            raise Conflict("An extension brings this schedule, so it would come back; pause it instead.")
        _record(schedule, "deleted", {name: getattr(schedule, name) for name in EDITABLE}, {})
        schedules.delete(schedule)


def pause_schedule(uuid: UUID | str, *, paused: bool) -> Schedule:
    """Pause the schedule, or let it go on from its next time. Asking twice is the same as asking once.

    Any schedule can be paused, a broken one too. Letting one go on raises ValidationFailed where it is broken, and
    PermissionDenied for what whoever asks may not start.
    """
    with atomic_write():
        schedule = schedules.locked(uuid=uuid)
        if schedule.paused != paused:
            if not paused:
                check_allowed(schedule.orchestrator, schedule.method)
            _save(schedule, "paused" if paused else "unpaused", {"paused": paused})
    return schedules.get(uuid=uuid)


def run_schedule(uuid: UUID | str) -> RunInfo:
    """Start the schedule's run now, by the current actor, whatever its times are; while one that was started so is
    active, it is that one. Raises ValidationFailed where it is broken, PermissionDenied for what whoever asks may not
    start.
    """
    with atomic_write():
        schedule = schedules.locked(uuid=uuid)
        check_target(schedule.orchestrator, schedule.method, schedule.args, by_code=schedule.built_in)
        check_allowed(schedule.orchestrator, schedule.method)
        info = start(
            schedule.orchestrator,
            schedule.method,
            key=f"{schedule.name}@now",
            queue=schedule.queue,
            priority=schedule.priority,
            application=schedule.application,
            **schedule.args,
        )
        if info.created:
            schedules.update(schedule, last_run=runs.get(uuid=info.uuid))
            _record(schedule, "started", {}, {"run": str(info.uuid)})
    return info


def dismiss_failed_task(task_id: str) -> None:
    """Put a failed task of the queue away. Raises NotFound."""
    if not dismiss_failed_tasks([task_id]):
        failed_tasks.get(pk=task_id)


def dismiss_failed_tasks(task_ids: Collection[str] | None = None) -> int:
    """Put failed tasks of the queue away, all of them where none are named; how many it were."""
    with atomic_write():
        found = failed_tasks.all() if task_ids is None else failed_tasks.filter(pk__in=task_ids)
        names = dict(found.select_for_update().values_list("pk", "func"))
        record_events("orchestration.failed_task.dismissed", object_type="orchestration.failed_task", names=names)
        failed_tasks.bulk_delete(pk__in=list(names))
    return len(names)


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = [name for name in values if name not in EDITABLE]
    if unknown:
        raise ValidationFailed(
            "A schedule has no such value.", fields={name: ["A schedule has no such value."] for name in unknown}
        )
    return dict(values)


def _save(schedule: Schedule, what: str, changed: Mapping[str, Any]) -> None:
    before = {name: getattr(schedule, name) for name in changed}
    for name, value in changed.items():
        setattr(schedule, name, value)
    if not schedule.paused or changed != {"paused": True}:
        _check(schedule)
    moved: dict[str, Any] = {"next_run": _upcoming(schedule), "last_error": ""} if TIMES & set(changed) else {}
    schedules.update(schedule, **changed, **moved)
    _record(schedule, what, before, changed)


def _check(schedule: Schedule) -> None:
    times.validate({name: getattr(schedule, name) for name in (*EDITABLE, "built_in")})


def _upcoming(schedule: Schedule) -> datetime | None:
    return None if schedule.paused else times.next_time(schedule, timezone.now())


def _unmasked(given: Any, stored: Any) -> Any:
    """The arguments with what is shown hidden put back from its place. Raises ValidationFailed where nothing was."""
    if isinstance(given, list):
        rows = stored if isinstance(stored, list) and len(stored) == len(given) else [None] * len(given)
        return [_unmasked(value, row) for value, row in zip(given, rows, strict=True)]
    if not isinstance(given, dict):
        return given
    old = stored if isinstance(stored, dict) else {}
    return {name: _secret(name, value, old) for name, value in given.items()}


def _secret(name: str, value: Any, stored: Mapping[str, Any]) -> Any:
    if value != HIDDEN or not SECRET_KEY.search(name):
        return _unmasked(value, stored.get(name))
    if name not in stored:
        fault = f"What {name} was is not known any more at this place. Give it again."
        raise ValidationFailed(fault, fields={"args": [fault]})
    return stored[name]


@contextmanager
def _unique_name() -> Iterator[None]:
    """One transaction. Raises ValidationFailed when it gives a schedule the name of another."""
    try:
        with atomic_write():
            yield
    except IntegrityError as error:
        fault = "Another schedule has this name."
        raise ValidationFailed(fault, fields={"name": [fault]}) from error


def _record(schedule: Schedule, what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    record_event(
        f"orchestration.schedule.{what}",
        object_type="orchestration.schedule",
        object_id=schedule.uuid,
        object_name=schedule.name,
        before=masked(dict(before)) or None,
        after=masked(dict(after)) or None,
        application=schedule.application,
    )
