"""Workers and queues for scripts and integrations: who is there, what waits, what has been done."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from domains.base.errors import ValidationFailed
from domains.base.listing import FIELD, ProjectedSerializer
from domains.orchestration import orchestrator, reads

MOST_MINUTES = 1440
MINUTES = OpenApiParameter(
    "minutes", OpenApiTypes.INT, description=f"How far back, 1 to {MOST_MINUTES}; 60 by default."
)


class WorkerSerializer(ProjectedSerializer):
    """One worker process. `age` is how many seconds ago it was seen."""

    host = serializers.CharField()
    pid = serializers.IntegerField()
    queues = serializers.ListField(child=serializers.CharField())
    capacity = serializers.IntegerField(help_text="How many runs it carries out at once.")
    processes = serializers.ListField(child=serializers.IntegerField(), help_text="Numbers of its processes.")
    restarts = serializers.IntegerField(help_text="How often it had to start its cluster again.")
    started = serializers.DateTimeField()
    seen = serializers.DateTimeField()
    age = serializers.FloatField()
    alive = serializers.SerializerMethodField()

    def get_alive(self, worker: reads.WorkerView) -> bool:
        """Whether it has been seen lately."""
        return not worker.is_silent


class QueueSerializer(ProjectedSerializer):
    """One queue, now."""

    name = serializers.CharField()
    depth = serializers.IntegerField(help_text="Runs that wait for a worker.")
    oldest_wait_s = serializers.FloatField(
        source="oldest_s", allow_null=True, help_text="Since when the oldest one waits that nobody has begun."
    )
    running = serializers.IntegerField(help_text="Runs that workers have taken.")
    retrying = serializers.IntegerField(help_text="Runs that wait for the next attempt of a step.")
    waiting = serializers.IntegerField(help_text="Runs that wait for their children or for their turn.")
    workers = serializers.IntegerField(help_text="Workers that are alive and serve it.")


class MinuteSerializer(ProjectedSerializer):
    """The runs that ended in one minute."""

    at = serializers.DateTimeField(help_text="Its beginning.")
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()


class FailedTaskSerializer(ProjectedSerializer):
    """One task of the queue that has failed. Runs do not depend on these: a lost wake-up is sent again."""

    url = serializers.SerializerMethodField()
    id = serializers.CharField()
    function = serializers.CharField(source="func")
    started = serializers.DateTimeField()
    stopped = serializers.DateTimeField()
    attempts = serializers.IntegerField(source="attempt_count")
    error = serializers.SerializerMethodField()

    def get_url(self, task: Any) -> str:
        """Where it can be put away."""
        return reverse("api_failed_task", args=[task.pk], request=self.context["request"])

    def get_error(self, task: Any) -> str:
        """One line, without secrets and without a traceback."""
        return reads.task_error(task)


class WorkersView(GenericAPIView[Any]):
    """Workers."""

    serializer_class = WorkerSerializer

    @extend_schema(parameters=[FIELD], responses=WorkerSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every worker that is remembered, the living ones first."""
        rows = self.paginate_queryset(reads.worker_list())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class QueuesView(GenericAPIView[Any]):
    """Queues."""

    serializer_class = QueueSerializer

    @extend_schema(parameters=[FIELD], responses=QueueSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every queue, in the order in which workers take from them."""
        rows = self.paginate_queryset(reads.queue_figures())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class ThroughputView(GenericAPIView[Any]):
    """What has been done."""

    serializer_class = MinuteSerializer
    pagination_class = None

    @extend_schema(parameters=[MINUTES, FIELD], responses=MinuteSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The runs that ended, minute by minute, the oldest first and the present one last."""
        given = request.query_params.get("minutes", "60")
        if not given.isdecimal() or len(given) > len(str(MOST_MINUTES)) or not 1 <= int(given) <= MOST_MINUTES:
            fault = f"A whole number from 1 to {MOST_MINUTES}, please."
            raise ValidationFailed(fault, fields={"minutes": [fault]})
        return Response(self.get_serializer(reads.throughput(int(given)), many=True).data)


class FailedTasksView(GenericAPIView[Any]):
    """Failed tasks of the queue."""

    serializer_class = FailedTaskSerializer

    @extend_schema(parameters=[FIELD], responses=FailedTaskSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every failed task, newest first."""
        rows = self.paginate_queryset(reads.failed_tasks())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class FailedTaskView(GenericAPIView[Any]):
    """One failed task."""

    serializer_class = FailedTaskSerializer
    http_method_names = ["delete", "options"]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, task_id: str) -> Response:
        """Put it away."""
        orchestrator.dismiss_failed_task(task_id)
        return Response(status=204)
