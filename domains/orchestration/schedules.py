"""Starting what is due. Each schedule has its own transaction, so that a bad one never stops the others."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from cronsim import CronSim, CronSimError
from django.utils import timezone

from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.base.errors import ValidationFailed
from domains.extensions import registry as extensions
from domains.orchestration.failures import failure, redact, trace
from domains.orchestration.models import Schedule
from domains.orchestration.service import runs, schedules
from domains.orchestration.start import start

log = structlog.get_logger(__name__)


def next_time(cron: str, after: datetime) -> datetime:
    """The first time of the cron expression, in UTC, after that one. Raises ValidationFailed for a bad expression."""
    try:
        return next(CronSim(cron, after.astimezone(UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValidationFailed(f"“{cron}” is no cron expression with a next time, such as “0 3 * * *”.") from error


def start_due() -> int:
    """Start every schedule whose time has come; the number of runs. Times missed while nothing ran count once."""
    now = timezone.now()
    return sum(_start_one(schedule, now) for schedule in schedules.due(now))


def ensure_schedules() -> None:
    """Create the schedules that the extensions ask for and that are not there yet."""
    for spec in extensions.schedules():
        schedules.ensure(
            spec.name,
            cron=spec.cron,
            orchestrator=spec.orchestrator,
            method=spec.method,
            args=dict(spec.args),
            next_run=next_time(spec.cron, timezone.now()),
        )


def _start_one(schedule: Schedule, now: datetime) -> bool:
    try:
        with atomic_write():
            return _take(schedule, now)
    except Exception as error:  # noqa: BLE001 - one bad row must not stop the others
        log.error("schedule_failed", schedule=schedule.name, reason=redact(str(error)), traceback=trace(error))
        message = failure(error, "The start")["message"]
    schedules.update(schedule, last_error=message[:500], next_run=_after_fault(schedule, now))
    return False


def _take(schedule: Schedule, now: datetime) -> bool:
    upcoming = next_time(schedule.cron, now)
    due = schedule.next_run
    if not schedules.take(schedule, next_run=upcoming) or due is None:
        return False
    if schedule.last_run_id and runs.active().filter(pk=schedule.last_run_id).exists():
        schedules.update(schedule, last_error=f"Skipped {due:%d %b %H:%M} UTC: the run before was not over.")
        return False
    with ambient(actor_id=None, actor_name="schedule"):
        slot = f"{schedule.name}@{due.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        info = start(
            schedule.orchestrator, schedule.method, key=slot, application=schedule.application, **schedule.args
        )
    schedules.update(schedule, last_run=runs.get(uuid=info.uuid))
    return True


def _after_fault(schedule: Schedule, now: datetime) -> datetime | None:
    try:
        return next_time(schedule.cron, now)
    except ValidationFailed:
        return None
