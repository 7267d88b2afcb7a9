"""Runs as JSON."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from domains.base.listing import HexUuidField, ProjectedSerializer
from domains.orchestration import reads
from domains.orchestration.models import Run
from domains.orchestration.start import LONGEST_DEADLINE_S, MAX_PRIORITY
from domains.orchestration.states import Queue, RunState, WaitsFor


def run_link(help_text: str = "") -> Any:
    """The address of another run, null without one."""
    return serializers.HyperlinkedRelatedField(
        view_name="api_run",
        lookup_field="uuid",
        lookup_url_kwarg="run_uuid",
        read_only=True,
        allow_null=True,
        help_text=help_text,
    )


class RunSerializer(ProjectedSerializer):
    """One run in the list. Times are ISO 8601; `duration` is in seconds, null before the start."""

    url = serializers.HyperlinkedIdentityField(view_name="api_run", lookup_field="uuid", lookup_url_kwarg="run_uuid")
    uuid = HexUuidField()
    name = serializers.CharField(help_text="orchestrator.method")
    orchestrator = serializers.CharField()
    method = serializers.CharField()
    application = serializers.CharField()
    key = serializers.CharField()
    queue = serializers.ChoiceField(choices=Queue.choices)
    priority = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RunState.choices)
    waits_for = serializers.ChoiceField(
        choices=[*WaitsFor.choices, ("", "Nothing")], help_text="What a waiting run waits for; else empty."
    )
    active = serializers.BooleanField(source="is_active")
    actor = serializers.CharField(source="actor_name")
    cancel_requested = serializers.BooleanField()
    attempt = serializers.IntegerField(help_text="How often a worker has taken the run without handing it back.")
    result_status = serializers.IntegerField(allow_null=True)
    error = serializers.JSONField(allow_null=True, help_text="code, message, retryable; null unless it failed.")
    parent: Any = run_link("The run that has started this one as its child.")
    parent_uuid = HexUuidField(source="parent.uuid", default=None, allow_null=True)
    created = serializers.DateTimeField()
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    retry_at = serializers.DateTimeField(allow_null=True, help_text="When a step is tried again.")
    deadline = serializers.DateTimeField(allow_null=True, help_text="When the run turns back if it has not ended.")
    duration = serializers.SerializerMethodField()

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_duration(self, run: Run) -> float | None:
        """Seconds from the start to the end, or until now."""
        return None if run.duration is None else round(run.duration.total_seconds(), 3)


class ChangeSerializer(serializers.Serializer[Any]):
    """What a step made of one key of the context; secrets read "[hidden]"."""

    key = serializers.CharField()
    before = serializers.JSONField(source="old", allow_null=True)
    after = serializers.JSONField(source="new", allow_null=True)


class LeaseSerializer(serializers.Serializer[Any]):
    """Who carries the run out, and until when that holds unless it is renewed."""

    owner = serializers.CharField(help_text="host:process:thread")
    until = serializers.DateTimeField()
    expired = serializers.BooleanField(source="is_expired")


class FamilySerializer(serializers.Serializer[Any]):
    """The child runs of a run, in figures."""

    url = serializers.URLField(help_text="The list of them.")
    total = serializers.IntegerField()
    ended = serializers.IntegerField()
    states = serializers.DictField(child=serializers.IntegerField(), help_text="How many are in each state.")


class StepSerializer(serializers.Serializer[Any]):
    """One step of the plan and what became of it."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    attempt = serializers.IntegerField(help_text="How often it was called; 0 before the first time.")
    attempts = serializers.IntegerField(help_text="How often it may be called.")
    next_attempt = serializers.SerializerMethodField()
    started = serializers.DateTimeField(allow_null=True)
    ended = serializers.DateTimeField(allow_null=True)
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    progress_done = serializers.IntegerField(source="done", allow_null=True)
    progress_total = serializers.IntegerField(source="total", allow_null=True)
    progress_note = serializers.CharField(source="note")
    context_keys = serializers.ListField(source="keys", child=serializers.CharField())
    context_changes = ChangeSerializer(
        source="changes", many=True, required=False, help_text="Only where the address asks with include=context."
    )
    error = serializers.JSONField(allow_null=True)
    has_rollback = serializers.BooleanField()
    rollback_state = serializers.CharField(source="undone.state", default=None, allow_null=True)
    rollback_error = serializers.JSONField(source="undone.error", default=None, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Without the changes of the context, which may be longer than all else, unless they are asked for."""
        fields = super().get_fields()
        if not self.context.get("with_context", True):
            del fields["context_changes"]
        return fields

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_attempt(self, step: Any) -> Any:
        """When a step that is to be tried again is called, null for any other."""
        run: Run = self.context["detail"].run
        if step.state != "retrying" or run.retry_at is None:
            return None
        return serializers.DateTimeField().to_representation(run.retry_at)


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

    epoch = serializers.IntegerField(help_text="Goes up with each claim; an older one can commit nothing.")
    cursor = serializers.IntegerField(help_text="The step that comes next, backward the one undone next; from 0.")
    direction = serializers.CharField(help_text="fwd or back")
    lease = serializers.SerializerMethodField()
    pending_children = serializers.IntegerField(help_text="How many child runs it waits for.")
    children = serializers.SerializerMethodField()
    again_of = run_link("The run that this one repeats.")
    request_id = serializers.CharField()
    args = serializers.SerializerMethodField()
    result = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()
    log = serializers.SerializerMethodField()

    @extend_schema_field(LeaseSerializer(allow_null=True))
    def get_lease(self, run: Run) -> Any:
        """Who carries it out now, null when nobody does."""
        lease = self.context["detail"].lease
        return LeaseSerializer(lease).data if lease else None

    @extend_schema_field(FamilySerializer)
    def get_children(self, run: Run) -> Any:
        """The child runs, in figures."""
        family = reads.run_family(run)
        url = reverse("api_run_children", args=[run.uuid.hex], request=self.context["request"])
        figures = {"url": url, "total": family.total, "ended": family.ended, "states": family.counts}
        return FamilySerializer(figures).data

    @extend_schema_field(serializers.DictField())
    def get_args(self, run: Run) -> Any:
        """What the run was started with, without secrets."""
        return self.context["detail"].args

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_result(self, run: Run) -> Any:
        """What the run has given back, without secrets."""
        return self.context["detail"].result

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, run: Run) -> Any:
        """In the order of the plan."""
        return StepSerializer(self.context["detail"].steps, many=True, context=self.context).data

    @extend_schema_field(LogLineSerializer(many=True))
    def get_log(self, run: Run) -> Any:
        """Oldest first."""
        return LogLineSerializer(self.context["detail"].log, many=True).data


class StrictInput(serializers.Serializer[Any]):
    """Values that somebody gives. A name that is none is a fault, so that no typing error passes for a default; names
    of `readable`, which a client sends back as it got them, are ignored.
    """

    readable: Collection[str] = ()

    def to_internal_value(self, data: Any) -> Any:
        """The checked values. Raises ValidationError with every fault by field."""
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields and name not in self.readable]
            if unknown:
                raise serializers.ValidationError({name: ["There is no such field."] for name in unknown})
        return super().to_internal_value(data)


class RunInput(StrictInput):
    """What a run is started with."""

    orchestrator = serializers.CharField(max_length=64, help_text="Such as trace.")
    method = serializers.CharField(max_length=64, help_text="Such as export.")
    args = serializers.DictField(required=False, help_text="The method's arguments by name.")
    key = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        help_text="While a run of this orchestrator and key is active, it is that one.",
    )
    queue = serializers.ChoiceField(choices=Queue.choices, required=False)
    priority = serializers.IntegerField(required=False, min_value=-MAX_PRIORITY, max_value=MAX_PRIORITY)
    application = serializers.CharField(max_length=64, required=False, allow_blank=True)
    deadline_s = serializers.FloatField(
        required=False,
        min_value=0.001,
        max_value=LONGEST_DEADLINE_S,
        help_text="Seconds after which the run turns back.",
    )

    def validate_key(self, key: str) -> str:
        """The key. Raises ValidationError for one by which a schedule would take this run for its own."""
        if "@" in key:
            raise serializers.ValidationError("A key with an @ is that of a schedule's run.")
        return key


class StartedRun(serializers.Serializer[Any]):
    """The run that was started, or the active one of the same orchestrator and key."""

    url = serializers.URLField()
    uuid = HexUuidField()
    state = serializers.ChoiceField(choices=RunState.choices)
    created = serializers.BooleanField(help_text="False when a run of the same key was active; it is that run then.")
