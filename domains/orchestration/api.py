"""Runs and schedules for scripts and integrations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from domains.base.listing import FIELD, ordered, ordering
from domains.orchestration import orchestrator, reads
from domains.orchestration.models import Run, Schedule
from domains.orchestration.serializers import RunDetailSerializer, RunSerializer, ScheduleSerializer

SORTABLE = ("created", "started", "ended", "state", "orchestrator", "method", "application")


class RunFilter(FilterSet):  # type: ignore[misc]
    """The filters of the list; `state` may be repeated."""

    state = django_filters.MultipleChoiceFilter(choices=reads.state_choices())
    orchestrator = django_filters.CharFilter()
    method = django_filters.CharFilter()
    application = django_filters.CharFilter()
    actor = django_filters.CharFilter(field_name="actor_name")
    key = django_filters.CharFilter()
    query = django_filters.CharFilter(method="search")
    created_after = django_filters.IsoDateTimeFilter(field_name="created", lookup_expr="gte")
    created_before = django_filters.IsoDateTimeFilter(field_name="created", lookup_expr="lt")

    def search(self, rows: QuerySet[Run], name: str, text: str) -> QuerySet[Run]:
        """Every word must stand in the name, the application, the actor or be the uuid."""
        return reads.run_search(rows, text)


class RunsView(GenericAPIView[Run]):
    """Runs, newest first."""

    serializer_class = RunSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[Run]:
        """Every run."""
        return reads.run_list()

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=RunSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every run."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


class RunView(GenericAPIView[Run]):
    """One run."""

    serializer_class = RunDetailSerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, run_uuid: UUID) -> Response:
        """The run with its steps and log lines."""
        return Response(self.body(run_uuid))

    def body(self, run_uuid: UUID) -> Any:
        """The run as JSON. Raises NotFound."""
        detail = reads.run_detail(run_uuid)
        context = {**self.get_serializer_context(), "detail": detail}
        return RunDetailSerializer(detail.run, context=context).data


class RunCancelView(RunView):
    """Cancelling a run."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def post(self, request: Request, run_uuid: UUID) -> Response:
        """Stop before the next step and roll back. 409 when the run has ended."""
        orchestrator.cancel_run(run_uuid)
        return Response(self.body(run_uuid), status=202)


class RunAgainView(RunView):
    """Running again."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def post(self, request: Request, run_uuid: UUID) -> Response:
        """Start a new run with the same arguments. 409 unless the run has ended."""
        body = self.body(orchestrator.run_again(run_uuid).uuid)
        return Response(body, status=202, headers={"Location": body["url"]})


class RunResumeView(RunView):
    """Resuming a dead or blocked run."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def post(self, request: Request, run_uuid: UUID) -> Response:
        """Go on where the run stopped. 409 unless it is dead or blocked."""
        orchestrator.resume_run(run_uuid)
        return Response(self.body(run_uuid), status=202)


class SchedulesView(GenericAPIView[Schedule]):
    """Schedules by name."""

    serializer_class = ScheduleSerializer

    @extend_schema(parameters=[FIELD], responses=ScheduleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every schedule."""
        rows = self.paginate_queryset(reads.schedule_list())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class ScheduleView(GenericAPIView[Schedule]):
    """One schedule."""

    serializer_class = ScheduleSerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, schedule_uuid: UUID) -> Response:
        """The schedule."""
        return Response(self.get_serializer(reads.schedule_get(schedule_uuid)).data)
