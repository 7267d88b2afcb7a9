"""Runs and schedules as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from domains.base.listing import HexUuidField, ProjectedSerializer
from domains.orchestration.models import Run
from domains.orchestration.states import RunState


class RunSerializer(ProjectedSerializer):
    """One run in the list. Times are ISO 8601; `duration` is in seconds, null before the start."""

    url = serializers.HyperlinkedIdentityField(view_name="api_run", lookup_field="uuid", lookup_url_kwarg="run_uuid")
    uuid = HexUuidField()
    name = serializers.CharField(help_text="orchestrator.method")
    orchestrator = serializers.CharField()
    method = serializers.CharField()
    application = serializers.CharField()
    key = serializers.CharField()
    state = serializers.ChoiceField(choices=RunState.choices)
    active = serializers.BooleanField(source="is_active")
    actor = serializers.CharField(source="actor_name")
    cancel_requested = serializers.BooleanField()
    attempt = serializers.IntegerField(help_text="How often a worker has taken the run without handing it back.")
    result_status = serializers.IntegerField(allow_null=True)
    error = serializers.JSONField(allow_null=True, help_text="code, message, retryable; null unless it failed.")
    created = serializers.DateTimeField()
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    duration = serializers.SerializerMethodField()

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_duration(self, run: Run) -> float | None:
        """Seconds from the start to the end, or until now."""
        return None if run.duration is None else round(run.duration.total_seconds(), 3)


class StepSerializer(serializers.Serializer[Any]):
    """One step of the plan and what became of it."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    attempt = serializers.IntegerField()
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    progress_done = serializers.IntegerField(source="done", allow_null=True)
    progress_total = serializers.IntegerField(source="total", allow_null=True)
    progress_note = serializers.CharField(source="note")
    context_keys = serializers.ListField(source="keys", child=serializers.CharField())
    error = serializers.JSONField(allow_null=True)
    rollback_state = serializers.CharField(source="undone.state", default=None, allow_null=True)
    rollback_error = serializers.JSONField(source="undone.error", default=None, allow_null=True)


class LogLineSerializer(serializers.Serializer[Any]):
    """One line that a step logged."""

    at = serializers.DateTimeField()
    step = serializers.SerializerMethodField()
    line = serializers.CharField()

    def get_step(self, line: Any) -> int:
        """Number of the step, from 1."""
        return int(line.seq) + 1


class RunDetailSerializer(RunSerializer):
    """One run with its steps and log lines."""

    args = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    log = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField())
    def get_args(self, run: Run) -> Any:
        """What the run was started with, without secrets."""
        return self.context["detail"].args

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_result(self, run: Run) -> Any:
        """What the run has given back."""
        return self.context["detail"].result

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, run: Run) -> Any:
        """In the order of the plan."""
        return StepSerializer(self.context["detail"].steps, many=True).data

    @extend_schema_field(LogLineSerializer(many=True))
    def get_log(self, run: Run) -> Any:
        """Oldest first."""
        return LogLineSerializer(self.context["detail"].log, many=True).data


class ScheduleSerializer(ProjectedSerializer):
    """One schedule; `cron` is in UTC."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api_schedule", lookup_field="uuid", lookup_url_kwarg="schedule_uuid"
    )
    uuid = HexUuidField()
    name = serializers.CharField()
    cron = serializers.CharField()
    orchestrator = serializers.CharField()
    method = serializers.CharField()
    application = serializers.CharField()
    args = serializers.JSONField()
    paused = serializers.BooleanField()
    next_run = serializers.DateTimeField(allow_null=True)
    last_run = serializers.HyperlinkedRelatedField[Any](
        view_name="api_run", lookup_field="uuid", lookup_url_kwarg="run_uuid", read_only=True
    )
    last_error = serializers.CharField()
