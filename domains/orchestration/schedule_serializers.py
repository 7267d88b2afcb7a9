"""Schedules as JSON."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from domains.base.listing import HexUuidField, ProjectedSerializer
from domains.orchestration import reads
from domains.orchestration.models import Schedule
from domains.orchestration.serializers import StrictInput, run_link
from domains.orchestration.states import CatchUp, Overlap, Queue

CRON = "Minute, hour, day, month, weekday; empty with interval_s."
INTERVAL = "Seconds; null with cron."
WINDOW = "Seconds for which a time that was missed is made up for."


class ScheduleSerializer(ProjectedSerializer):
    """One schedule. Times are ISO 8601; secrets of `args` read "[hidden]", and stay as they are when sent back so."""

    url = serializers.HyperlinkedIdentityField(
        view_name="api_schedule", lookup_field="uuid", lookup_url_kwarg="schedule_uuid"
    )
    uuid = HexUuidField()
    name = serializers.CharField()
    orchestrator = serializers.CharField()
    method = serializers.CharField()
    args = serializers.SerializerMethodField()
    application = serializers.CharField()
    cron = serializers.CharField(help_text=CRON)
    interval_s = serializers.IntegerField(allow_null=True, help_text=INTERVAL)
    time_zone = serializers.CharField(help_text="That of cron.")
    overlap = serializers.ChoiceField(choices=Overlap.choices)
    catch_up = serializers.ChoiceField(choices=CatchUp.choices)
    catch_up_window_s = serializers.IntegerField(help_text=WINDOW)
    queue = serializers.ChoiceField(choices=Queue.choices)
    priority = serializers.IntegerField()
    built_in = serializers.BooleanField(help_text="An extension brings it: it can be paused, but not deleted.")
    paused = serializers.BooleanField()
    next_run = serializers.DateTimeField(allow_null=True)
    last_slot = serializers.DateTimeField(allow_null=True, help_text="The time that it has started a run for last.")
    last_run = run_link()
    last_error = serializers.CharField()

    @extend_schema_field(serializers.DictField())
    def get_args(self, schedule: Schedule) -> Any:
        """What its runs are started with, without secrets."""
        return reads.shown(schedule.args)


class ScheduleDetailSerializer(ScheduleSerializer):
    """One schedule with its next times."""

    upcoming = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.DateTimeField()))
    def get_upcoming(self, schedule: Schedule) -> Any:
        """The next five times, as if it were not paused."""
        field = serializers.DateTimeField()
        return [field.to_representation(time) for time in reads.schedule_upcoming(schedule)]


class ScheduleInput(StrictInput):
    """What a schedule is made of: exactly one of `cron` and `interval_s`."""

    readable = frozenset(ScheduleDetailSerializer._declared_fields)

    name = serializers.CharField(max_length=100)
    orchestrator = serializers.CharField(max_length=64)
    method = serializers.CharField(max_length=64)
    args = serializers.DictField(required=False)
    application = serializers.CharField(max_length=64, required=False, allow_blank=True)
    cron = serializers.CharField(max_length=100, required=False, allow_blank=True, help_text=CRON)
    interval_s = serializers.IntegerField(required=False, allow_null=True, min_value=1, help_text=INTERVAL)
    time_zone = serializers.CharField(max_length=64, required=False, help_text="That of cron; UTC by default.")
    overlap = serializers.ChoiceField(choices=Overlap.choices, required=False)
    catch_up = serializers.ChoiceField(choices=CatchUp.choices, required=False)
    catch_up_window_s = serializers.IntegerField(required=False, min_value=0, help_text=WINDOW)
    queue = serializers.ChoiceField(choices=Queue.choices, required=False)
    priority = serializers.IntegerField(required=False)
    paused = serializers.BooleanField(required=False)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """What a schedule is where nothing is given."""
        blank = Schedule()
        required = {name for name, field in cls._declared_fields.items() if field.required}
        return {name: getattr(blank, name) for name in cls._declared_fields if name not in required}
