"""The states of runs and steps, and what can be done in each."""

from __future__ import annotations

from django.db import models


class RunState(models.TextChoices):
    """`dead` runs kept killing their workers; `blocked` ones name a step that the code no longer has."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    ROLLING_BACK = "rolling_back", "Rolling back"
    SUCCESS = "success", "Done"
    EXITED = "exited", "Ended early"
    ROLLED_BACK = "rolled_back", "Rolled back"
    ROLLBACK_FAILED = "rollback_failed", "Rollback failed"
    CANCELLED = "cancelled", "Cancelled"
    DEAD = "dead", "Dead"
    BLOCKED = "blocked", "Blocked"


class StepState(models.TextChoices):
    """`started` is written for external steps only: a database step is either committed or has not happened."""

    STARTED = "started", "Started"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Phase(models.TextChoices):
    """Whether a step was run or undone."""

    FORWARD = "fwd", "Forward"
    BACK = "back", "Rollback"


class Kind(models.TextChoices):
    """`db` steps change only the database and happen exactly once; `external` ones happen at least once."""

    DB = "db", "Database"
    EXTERNAL = "external", "External"


ACTIVE = (RunState.QUEUED, RunState.RUNNING, RunState.ROLLING_BACK)
CLAIMED = (RunState.RUNNING, RunState.ROLLING_BACK)
FAILED = (RunState.ROLLED_BACK, RunState.ROLLBACK_FAILED, RunState.DEAD, RunState.BLOCKED)
STUCK = (RunState.DEAD, RunState.BLOCKED)
FINISHED = (
    RunState.SUCCESS,
    RunState.EXITED,
    RunState.ROLLED_BACK,
    RunState.ROLLBACK_FAILED,
    RunState.CANCELLED,
)
