"""What pages, JSON and commands may ask of runs, schedules and failed tasks."""

from __future__ import annotations

from domains.orchestration.schedule_steering import (
    create_schedule,
    delete_schedule,
    dismiss_failed_task,
    dismiss_failed_tasks,
    pause_schedule,
    run_schedule,
    update_schedule,
)
from domains.orchestration.steering import cancel_run, resume_run, retry_rollback, retry_step, run_again

__all__ = [
    "cancel_run",
    "create_schedule",
    "delete_schedule",
    "dismiss_failed_task",
    "dismiss_failed_tasks",
    "pause_schedule",
    "resume_run",
    "retry_rollback",
    "retry_step",
    "run_again",
    "run_schedule",
    "update_schedule",
]
