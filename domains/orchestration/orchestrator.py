"""Steering runs and schedules: each change is one commit with its audit event.

It is done at once rather than by a run: a run that cancels another would itself wait in the queue.
"""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from domains.audit.writes import record_event
from domains.base.ambient import current
from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration.inline import RunInfo
from domains.orchestration.models import Run, Schedule
from domains.orchestration.schedules import next_time
from domains.orchestration.service import runs, schedules
from domains.orchestration.start import start, start_again
from domains.orchestration.states import RunState
from domains.orchestration.wakeups import announce


def cancel_run(uuid: UUID | str) -> Run:
    """Stop the run before its next step and roll back what it has done; one that nobody has begun ends at once.

    Asking twice is the same as asking once. Raises Conflict when the run has ended.
    """
    with atomic_write():
        run = runs.get(uuid=uuid)
        if run.cancel_requested and run.is_active:
            return run
        message = f"Cancelled by {current().actor_name} before it began."
        error = {"code": "cancelled", "message": message, "retryable": False}
        if not runs.cancel_queued(run.pk, error) and not runs.request_cancel(run.pk):
            raise Conflict("The run has ended, so there is nothing to cancel.")
        _record(run, "cancelled")
    return runs.get(pk=run.pk)


def resume_run(uuid: UUID | str) -> Run:
    """Let a dead or blocked run go on where it stopped. Raises Conflict when it is neither."""
    with atomic_write():
        run = runs.get(uuid=uuid)
        if not runs.requeue(run.pk):
            raise Conflict(f"Only a dead or blocked run can be resumed; this one is {run.get_state_display().lower()}.")
        _record(run, "resumed")
        announce(run)
    return runs.get(pk=run.pk)


def run_again(uuid: UUID | str) -> RunInfo:
    """Start a new run like this one, by the current actor. Raises Conflict unless it has ended for good."""
    run = runs.get(uuid=uuid)
    if not run.is_finished:
        advice = "resume it instead" if run.is_stuck else "wait for its end"
        raise Conflict(f"Only a run that has ended can be run again; {advice}.")
    return start_again(run)


def pause_schedule(uuid: UUID | str, *, paused: bool) -> Schedule:
    """Pause the schedule, or let it go on from its next time."""
    with atomic_write():
        schedule = schedules.get(uuid=uuid)
        if schedule.paused != paused:
            upcoming = None if paused else next_time(schedule.cron, timezone.now())
            schedules.update(schedule, paused=paused, next_run=upcoming, last_error="")
            _record_schedule(schedule, "paused" if paused else "unpaused")
    return schedule


def run_schedule(uuid: UUID | str) -> RunInfo:
    """Start the schedule's run now, by the current actor, whatever its times are."""
    schedule = schedules.get(uuid=uuid)
    with atomic_write():
        key = f"{schedule.name}@now"
        info = start(schedule.orchestrator, schedule.method, key=key, application=schedule.application, **schedule.args)
        schedules.update(schedule, last_run=runs.get(uuid=info.uuid))
        _record_schedule(schedule, "started")
    return info


def _record(run: Run, what: str) -> None:
    record_event(
        f"orchestration.run.{what}",
        object_type="orchestration.run",
        object_id=run.uuid,
        object_name=run.name,
        before={"state": RunState(run.state).value},
        application=run.application,
    )


def _record_schedule(schedule: Schedule, what: str) -> None:
    record_event(
        f"orchestration.schedule.{what}",
        object_type="orchestration.schedule",
        object_id=schedule.uuid,
        object_name=schedule.name,
        after={"paused": schedule.paused},
        application=schedule.application,
    )
