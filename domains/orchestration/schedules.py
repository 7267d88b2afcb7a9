"""Starting what is due. Each schedule has its own transaction, so that a bad one never stops the others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import structlog
from django.utils import timezone

from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.base.errors import Conflict, ValidationFailed
from domains.extensions import registry as extensions
from domains.orchestration import points, pulse
from domains.orchestration.calls import check_target
from domains.orchestration.durable import may_pass
from domains.orchestration.failures import failure, redact, trace
from domains.orchestration.models import Run, Schedule
from domains.orchestration.schedule_check import LONGEST_S, validate
from domains.orchestration.schedule_policy import Timing, missed, next_time, start_at_once, times_after
from domains.orchestration.service import runs, schedules
from domains.orchestration.start import start
from domains.orchestration.states import CatchUp, Overlap
from domains.orchestration.steering import cancel_run

__all__ = ["ensure_schedules", "next_time", "start_due", "upcoming", "validate"]
log = structlog.get_logger(__name__)


def upcoming(schedule: Timing | Mapping[str, Any], count: int = 5, after: datetime | None = None) -> list[datetime]:
    """The next times of a schedule, or of the values of one, in UTC. Raises ValidationFailed for a bad time."""
    return list(islice(times_after(schedule, after or timezone.now()), count))


def start_due() -> int:
    """Start every schedule whose time has come, as its policies say; the number of runs."""
    now = timezone.now()
    return sum(_start_one(schedule, now) for schedule in list(schedules.due(now)))


def ensure_schedules() -> None:
    """Create the schedules that the extensions ask for and that are not there yet."""
    for spec in extensions.schedules():
        values = {"cron": spec.cron, "time_zone": "UTC"}
        schedules.ensure(
            spec.name,
            **values,
            orchestrator=spec.orchestrator,
            method=spec.method,
            args=dict(spec.args),
            next_run=next_time(values, timezone.now()),
        )


def _start_one(schedule: Schedule, now: datetime) -> int:
    pulse.beat()
    try:
        with atomic_write():
            row = schedules.lock_due(schedule.pk, now)
            return _take(row, now) if row else 0
    except Exception as error:  # noqa: BLE001 - one bad row must not stop the others
        if may_pass(error):
            log.warning("schedule_put_off", schedule=schedule.name, reason=redact(str(error)))
            return 0  # it is still due, so the next tick starts it
        log.error("schedule_failed", schedule=schedule.name, reason=redact(str(error)), traceback=trace(error))
        _note_fault(schedule, failure(error, "The start")["message"], now)
    return 0


def _take(schedule: Schedule, now: datetime) -> int:
    """Start what is due of this schedule, in its transaction."""
    first = schedule.next_run
    if first is None:
        schedules.update(schedule, next_run=next_time(schedule, now))
        return 0
    due = missed(schedule, first, now, catch_up=schedule.catch_up, window_s=schedule.catch_up_window_s)
    if schedule.last_slot:
        # After the clock was set back the same times come again.
        due = [slot for slot in due if slot > schedule.last_slot]
    if schedule.overlap != Overlap.ALLOW and _is_before_active(schedule):
        return _overlapping(schedule, due, now)
    due = due or _held_back(schedule, first, now)
    chosen = start_at_once(schedule.overlap, due)
    for slot in chosen:
        _start(schedule, slot)
    points.reach("schedule.started")
    _move_on(schedule, due, chosen, now)
    return len(chosen)


def _overlapping(schedule: Schedule, due: list[datetime], now: datetime) -> int:
    """The run before is active: leave the time out, or let it be due until the run is over."""
    if schedule.overlap == Overlap.SKIP:
        left_out = _skipped(due[-1]) if due else schedule.last_error
        schedules.update(schedule, next_run=next_time(schedule, now), last_error=left_out)
    elif schedule.overlap == Overlap.CANCEL and schedule.last_run and not schedule.last_run.cancel_requested:
        with ambient(actor_id=None, actor_name="schedule"), suppress(Conflict):
            cancel_run(schedule.last_run.uuid)
        if not _is_before_active(schedule):
            return _take(schedule, now)
    return 0


def _held_back(schedule: Schedule, first: datetime, now: datetime) -> list[datetime]:
    """The last time that came while the run before was active, for a schedule that waits for its end: it was not
    missed, however long ago it was.
    """
    before = schedule.last_run
    if schedule.overlap not in (Overlap.QUEUE, Overlap.CANCEL) or before is None or before.ended is None:
        return []
    end = min(before.ended, now)
    latest = missed(schedule, first, end, catch_up=CatchUp.LATEST, window_s=LONGEST_S)
    return [slot for slot in latest if slot > before.created]


def _move_on(schedule: Schedule, due: list[datetime], chosen: list[datetime], now: datetime) -> None:
    """Set the next time. With "all", times that could not be started yet stay due."""
    values: dict[str, Any] = {"last_error": ""}
    if chosen:
        values["last_slot"] = chosen[-1]
    if schedule.catch_up == CatchUp.ALL and chosen and schedule.overlap in (Overlap.QUEUE, Overlap.ALLOW):
        values["next_run"] = next_time(schedule, chosen[-1])
    else:
        values["next_run"] = next_time(schedule, now)
        if schedule.overlap == Overlap.SKIP and len(due) > len(chosen):
            values["last_error"] = _skipped(due[-1])
    schedules.update(schedule, **values)


def _start(schedule: Schedule, slot: datetime) -> None:
    check_target(schedule.orchestrator, schedule.method, schedule.args, by_code=schedule.built_in)
    with ambient(actor_id=None, actor_name="schedule"):
        info = start(
            schedule.orchestrator,
            schedule.method,
            key=f"{schedule.name}@{slot.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            queue=schedule.queue,
            priority=schedule.priority,
            application=schedule.application,
            **schedule.args,
        )
    schedules.update(schedule, last_run=runs.get(uuid=info.uuid))


def _skipped(slot: datetime) -> str:
    return f"Skipped {slot:%d %b %H:%M} UTC: the run before was not over."


def _is_before_active(schedule: Schedule) -> bool:
    before: Run | None = runs.find(pk=schedule.last_run_id) if schedule.last_run_id else None
    schedule.last_run = before
    return before is not None and before.is_active


def _note_fault(schedule: Schedule, message: str, now: datetime) -> None:
    try:
        following = next_time(schedule, now)
    except ValidationFailed:
        following = None
    try:
        schedules.note_fault(schedule, message[:500], following)
    except Exception as error:  # noqa: BLE001 - as above; the next tick tries again
        log.error("schedule_fault_not_noted", schedule=schedule.name, reason=redact(str(error)))
