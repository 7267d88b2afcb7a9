"""Runs, their steps and log, the schedules that start them and the workers that carry them out."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone

from domains.base.models import UuidMixin
from domains.orchestration.states import (
    ACTIVE,
    FINISHED,
    STUCK,
    CatchUp,
    Kind,
    Overlap,
    Phase,
    Queue,
    RunState,
    StepState,
    WaitsFor,
)


def in_words(orchestrator: str, method: str) -> str:
    """What runs, for people: "Trace export", "Create application", "Save preferences", as the two names allow."""
    of_objects = f"{method} {orchestrator[:-1]}" if orchestrator.endswith("s") else f"{orchestrator} {method}"
    words = method if "_" in method else of_objects
    return words.replace("_", " ").capitalize()


class Run(UuidMixin, models.Model):
    """One execution of a plan.

    `plan` is frozen when the run is made. Forward, `cursor` is the step that comes next; backward, the step that is
    undone next. `epoch` counts the claims: a commit that names an older epoch is refused. `attempt` counts the claims
    that have not been handed back. `error` is {"code", "message", "retryable", …} and says why a run did not succeed.
    A `waiting` run with `retry_at` goes on then; one with `pending_children` when as many children have ended.
    """

    key = models.CharField(max_length=200, blank=True)
    orchestrator = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    application = models.CharField(max_length=64, blank=True)
    queue = models.CharField(max_length=16, choices=Queue.choices, default=Queue.DEFAULT)
    priority = models.SmallIntegerField(default=0)
    # Its index is run_children.
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="children", db_index=False)
    parent_seq = models.SmallIntegerField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150, default="system")
    request_id = models.CharField(max_length=64, blank=True)
    again_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)

    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.QUEUED)
    waits_for = models.CharField(max_length=10, choices=WaitsFor.choices, blank=True)
    plan = models.JSONField()
    args = models.JSONField(default=dict)
    context = models.JSONField(default=dict)
    cursor = models.IntegerField(default=0)
    direction = models.CharField(max_length=4, choices=Phase.choices, default=Phase.FORWARD)
    result = models.JSONField(null=True)
    result_status = models.IntegerField(null=True)
    error = models.JSONField(null=True)
    traceback = models.TextField(blank=True)

    epoch = models.IntegerField(default=0)
    attempt = models.SmallIntegerField(default=0)
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_until = models.DateTimeField(null=True)
    woken = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    pending_children = models.IntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)

    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        permissions = [("cancel_run", "Can cancel a run"), ("retry_run", "Can run again or resume a run")]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "orchestrator"],
                condition=models.Q(state__in=ACTIVE) & ~models.Q(key=""),
                name="run_active_key",
            ),
        ]
        indexes = [
            models.Index(fields=["queue", "state", "-priority", "id"], name="run_queue"),
            models.Index(fields=["lease_until"], condition=models.Q(lease_until__isnull=False), name="run_lease"),
            models.Index(fields=["retry_at"], condition=models.Q(retry_at__isnull=False), name="run_retry"),
            models.Index(fields=["state", "deadline"], condition=models.Q(deadline__isnull=False), name="run_deadline"),
            models.Index(
                fields=["parent", "state", "-priority", "id"],
                condition=models.Q(parent__isnull=False),
                name="run_children",
            ),
            models.Index(fields=["state", "ended"], name="run_state_ended"),
            models.Index(fields=["ended"], condition=models.Q(ended__isnull=False), name="run_ended"),
            models.Index(fields=["again_of"], condition=models.Q(again_of__isnull=False), name="run_again_of"),
            models.Index(fields=["orchestrator", "method", "-id"], name="run_name"),
            models.Index(fields=["application", "-id"], name="run_application"),
            models.Index(fields=["actor_name", "-id"], name="run_actor"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The run's page."""
        return reverse("run", args=[self.uuid])

    @property
    def name(self) -> str:
        """What runs, such as "trace.export"."""
        return f"{self.orchestrator}.{self.method}"

    @property
    def title(self) -> str:
        """The name for people, such as "Trace export"."""
        return in_words(self.orchestrator, self.method)

    @property
    def is_active(self) -> bool:
        """Whether it is queued or under way."""
        return self.state in ACTIVE

    @property
    def is_finished(self) -> bool:
        """Whether it has ended for good."""
        return self.state in FINISHED

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for somebody to resume it."""
        return self.state in STUCK

    @property
    def duration(self) -> timedelta | None:
        """From the first claim to the end, or until now; None before the first claim."""
        return None if self.started is None else (self.ended or timezone.now()) - self.started


class Step(models.Model):
    """One step that was begun, forward or back. `delta` holds the context keys that it set, encoded."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps", db_index=False)
    seq = models.SmallIntegerField()
    phase = models.CharField(max_length=4, choices=Phase.choices)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=8, choices=StepState.choices)
    attempt = models.SmallIntegerField(default=1)
    delta = models.JSONField(default=dict)
    error = models.JSONField(null=True)
    progress_done = models.BigIntegerField(null=True)
    progress_total = models.BigIntegerField(null=True)
    progress_note = models.CharField(max_length=200, blank=True)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["run", "seq", "phase"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.seq} {self.phase} {self.name}"


class RunLog(models.Model):
    """One line that a step logged. `seq` is the step."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log_lines")
    seq = models.SmallIntegerField()
    at = models.DateTimeField()
    line = models.CharField(max_length=500)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.line


class Schedule(UuidMixin, models.Model):
    """Starts `orchestrator.method` with `args` at the times of `cron` in `time_zone`, or every `interval_s` seconds.

    Exactly one of `cron` and `interval_s` is set. `last_error` is the fault of the last start. A time is caught up
    with for `catch_up_window_s` seconds. `built_in` schedules come from extensions and cannot be deleted.
    """

    name = models.CharField(max_length=100, unique=True)
    cron = models.CharField(max_length=100, blank=True)
    interval_s = models.PositiveIntegerField(null=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    overlap = models.CharField(max_length=8, choices=Overlap.choices, default=Overlap.SKIP)
    catch_up = models.CharField(max_length=8, choices=CatchUp.choices, default=CatchUp.LATEST)
    catch_up_window_s = models.PositiveIntegerField(default=86_400)
    queue = models.CharField(max_length=16, choices=Queue.choices, default=Queue.DEFAULT)
    priority = models.SmallIntegerField(default=0)
    built_in = models.BooleanField(default=False)
    orchestrator = models.CharField(max_length=64)
    method = models.CharField(max_length=64)
    args = models.JSONField(default=dict)
    application = models.CharField(max_length=64, blank=True)
    paused = models.BooleanField(default=False)
    next_run = models.DateTimeField(null=True, db_index=True)
    last_slot = models.DateTimeField(null=True)
    last_run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def run_title(self) -> str:
        """What it starts, for people."""
        return in_words(self.orchestrator, self.method)


class Worker(models.Model):
    """A worker that was alive at `seen`: its supervisor's `pid`, the `queues` it serves with `capacity` processes, the
    process numbers of those that have worked, and how often it had to start its cluster again.
    """

    host = models.CharField(max_length=100)
    pid = models.IntegerField()
    queues = models.CharField(max_length=50, default="high,default,bulk")
    capacity = models.SmallIntegerField(default=0)
    processes = models.JSONField(default=list)
    restarts = models.IntegerField(default=0)
    started = models.DateTimeField()
    seen = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ("host", "pid")
        constraints = [models.UniqueConstraint(fields=["host", "pid"], name="worker_process")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"
