"""The states of runs and steps, and what can be done in each."""

from __future__ import annotations

from django.db import models


class RunState(models.TextChoices):
    """`waiting` runs hold no worker, see WaitsFor; `dead` ones kept killing their workers; `blocked` ones no longer fit
    the code.
    """

    QUEUED = "queued", "Queued"
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    ROLLING_BACK = "rolling_back", "Rolling back"
    SUCCESS = "success", "Done"
    EXITED = "exited", "Ended early"
    ROLLED_BACK = "rolled_back", "Rolled back"
    ROLLBACK_FAILED = "rollback_failed", "Rollback failed"
    CANCELLED = "cancelled", "Cancelled"
    DEAD = "dead", "Dead"
    BLOCKED = "blocked", "Blocked"


class WaitsFor(models.TextChoices):
    """Why a run is `waiting`: for its children, for the next attempt of a step, or for its turn among its siblings."""

    CHILDREN = "children", "Its child runs"
    RETRY = "retry", "Its next attempt"
    TURN = "turn", "Its turn"


class Queue(models.TextChoices):
    """Where a run waits for a worker. A worker that serves several takes from them in this order."""

    HIGH = "high", "High"
    DEFAULT = "default", "Default"
    BULK = "bulk", "Bulk"


class StepState(models.TextChoices):
    """`started` is written before steps that are external or have a timeout, and with those that wait for the children
    they have started; other database steps are committed or have not happened. `retrying` ones have failed, or
    were left by a worker that stopped, and wait for their next attempt.
    """

    STARTED = "started", "Started"
    RETRYING = "retrying", "Waiting to try again"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Phase(models.TextChoices):
    """Whether a step was run or undone."""

    FORWARD = "fwd", "Forward"
    BACK = "back", "Rollback"


class Kind(models.TextChoices):
    """`db` steps change only the database and happen exactly once; `external` ones happen at least once; `children` are
    database steps that start child runs, whose end the run awaits before its next step.
    """

    DB = "db", "Database"
    EXTERNAL = "external", "External"
    CHILDREN = "children", "Child runs"


class Overlap(models.TextChoices):
    """What a schedule does when its time comes while its run before is still active."""

    SKIP = "skip", "Skip this time"
    QUEUE = "queue", "Start one more as soon as it is over"
    ALLOW = "allow", "Start another beside it"
    CANCEL = "cancel", "Cancel it, then start"


class CatchUp(models.TextChoices):
    """What a schedule does about times that passed while nothing ran."""

    NONE = "none", "Leave them out"
    LATEST = "latest", "Start once for all of them"
    ALL = "all", "Start once for each"


ACTIVE = (RunState.QUEUED, RunState.WAITING, RunState.RUNNING, RunState.ROLLING_BACK)
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
