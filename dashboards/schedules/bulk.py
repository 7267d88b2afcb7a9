"""What can be done with many schedules at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from dashboards.shell.bulk import BulkAction
from domains.base.errors import VaultError
from domains.orchestration import orchestrator
from domains.permissions.access import permission

ADD = permission("orchestration.add_schedule")
CHANGE = permission("orchestration.change_schedule")
DELETE = permission("orchestration.delete_schedule")


def _each(rows: Any, action: Callable[[Any], object], done: str) -> str:
    """Do it to each; one that cannot is named with the reason and stops nothing."""
    count, faults = 0, []
    for row in list(rows):
        try:
            action(row.uuid)
            count += 1
        except VaultError as error:
            faults.append(f"{row.name}: {error.message}")
    return " ".join([f"{done}: {count:,}.", *faults])


def _pause(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda uuid: orchestrator.pause_schedule(uuid, paused=True), "Paused")


def _unpause(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda uuid: orchestrator.pause_schedule(uuid, paused=False), "Going on")


def _run_now(request: HttpRequest, rows: Any) -> str:
    return _each(rows, orchestrator.run_schedule, "Started")


RUN_NOW = BulkAction("run_now", "Run now", "play", CHANGE, _run_now)
PAUSE = BulkAction("pause", "Pause", "ban", CHANGE, _pause)
UNPAUSE = BulkAction("unpause", "Let go on", "play", CHANGE, _unpause)
