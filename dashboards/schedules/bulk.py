"""What can be done with many schedules at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from dashboards.runs.bulk import MOST
from dashboards.shell.bulk import BulkAction
from domains.base.errors import VaultError
from domains.orchestration import orchestrator
from domains.permissions.access import permission

ADD = permission("orchestration.add_schedule")
CHANGE = permission("orchestration.change_schedule")
DELETE = permission("orchestration.delete_schedule")


NAMED = 3
"""How many of those that could not be steered are named; a message is read, and stored, at one go."""


def _each(rows: Any, action: Callable[[Any], object], done: str) -> str:
    """Do it to each; one that cannot stops nothing, and the first ones are named with the reason."""
    count, left, faults = 0, max(0, rows.count() - MOST), []
    for row in list(rows[:MOST]):
        try:
            action(row.uuid)
            count += 1
        except VaultError as error:
            faults.append(f"{row.name}: {error.message}")
    said = [f"{done}: {count:,}.", *faults[:NAMED]]
    said += [f"And {len(faults) - NAMED:,} more could not be."] if len(faults) > NAMED else []
    said += [f"These were the first {MOST:,}; choose again for the other {left:,}."] if left else []
    return " ".join(said)


def _pause(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda uuid: orchestrator.pause_schedule(uuid, paused=True), "Paused")


def _unpause(request: HttpRequest, rows: Any) -> str:
    return _each(rows, lambda uuid: orchestrator.pause_schedule(uuid, paused=False), "Going on")


def _run_now(request: HttpRequest, rows: Any) -> str:
    return _each(rows, orchestrator.run_schedule, "Started")


RUN_NOW = BulkAction("run_now", "Run now", "play", CHANGE, _run_now)
PAUSE = BulkAction("pause", "Pause", "ban", CHANGE, _pause)
UNPAUSE = BulkAction("unpause", "Let go on", "play", CHANGE, _unpause)
