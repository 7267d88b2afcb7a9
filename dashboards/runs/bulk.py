"""What can be done with many runs or schedules at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest

from dashboards.shell.bulk import BulkAction
from domains.base.errors import Conflict
from domains.orchestration import orchestrator
from domains.permissions.access import permission

CANCEL_RUN = permission("orchestration.cancel_run")
RETRY_RUN = permission("orchestration.retry_run")
CHANGE_SCHEDULE = permission("orchestration.change_schedule")


def _each(rows: Iterable[Any], action: Callable[[Any], object], done: str, other: str) -> str:
    """Do it to each row; one that is not in a state for it is counted and left alone."""
    count = passed = 0
    for uuid in [row.uuid for row in rows]:
        try:
            action(uuid)
            count += 1
        except Conflict:
            passed += 1
    return f"{done}: {count:,}." + (f" {other}: {passed:,}." if passed else "")


def _cancel(request: HttpRequest, rows: Any) -> str:
    return _each(rows, orchestrator.cancel_run, "Cancelling", "Already ended")


def _again(request: HttpRequest, rows: Any) -> str:
    return _each(rows, orchestrator.run_again, "Started again", "Not ended yet, so left alone")


def _pause(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda uuid: orchestrator.pause_schedule(uuid, paused=True), "Paused", "")


def _unpause(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda uuid: orchestrator.pause_schedule(uuid, paused=False), "Going on", "")


def _run_now(request: HttpRequest, rows: Any) -> str:
    return _each(rows, orchestrator.run_schedule, "Started", "")


CANCEL = BulkAction(
    "cancel", "Cancel", "x", CANCEL_RUN, _cancel, "Cancel {n} run{s}, undoing what was done?", danger=True
)
AGAIN = BulkAction("again", "Run again", "rotate-ccw", RETRY_RUN, _again, "Run {n} run{s} again?")
RUN_NOW = BulkAction("run_now", "Run now", "play", CHANGE_SCHEDULE, _run_now)
PAUSE = BulkAction("pause", "Pause", "ban", CHANGE_SCHEDULE, _pause)
UNPAUSE = BulkAction("unpause", "Let go on", "play", CHANGE_SCHEDULE, _unpause)
