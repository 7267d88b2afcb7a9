"""Schedules for scripts and integrations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from domains.base.filters import ApiFilterSet
from domains.base.listing import FIELD, ordered, ordering
from domains.orchestration import orchestrator, reads
from domains.orchestration.api import started
from domains.orchestration.models import Schedule
from domains.orchestration.schedule_serializers import ScheduleDetailSerializer, ScheduleInput, ScheduleSerializer
from domains.orchestration.serializers import StartedRun
from domains.permissions.access import permission

SORTABLE = ("name", "orchestrator", "method", "application", "next_run", "queue")
ADD = permission("orchestration.add_schedule")
CHANGE = permission("orchestration.change_schedule")
DELETE = permission("orchestration.delete_schedule")


class ScheduleFilter(ApiFilterSet):
    """The filters of the list; `queue` may be repeated."""

    name = django_filters.CharFilter(lookup_expr="icontains")
    name_exact = django_filters.CharFilter(field_name="name")
    orchestrator = django_filters.CharFilter()
    method = django_filters.CharFilter()
    application = django_filters.CharFilter()
    queue = django_filters.MultipleChoiceFilter(choices=reads.queue_choices())
    paused = extend_schema_field(OpenApiTypes.BOOL)(
        django_filters.TypedChoiceFilter(
            choices=(("true", "true"), ("false", "false")), coerce=lambda text: text == "true"
        )
    )


class SchedulesView(GenericAPIView[Schedule]):
    """Schedules by name."""

    serializer_class = ScheduleSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ScheduleFilter

    def get_queryset(self) -> QuerySet[Schedule]:
        """Every schedule."""
        return reads.schedule_list()

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=ScheduleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every schedule, paused or not."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=ScheduleInput, responses={201: ScheduleDetailSerializer})
    def post(self, request: Request) -> Response:
        """Add a schedule."""
        ADD.check(request.user)
        schedule = orchestrator.create_schedule(**_checked(request))
        body = ScheduleDetailSerializer(schedule, context=self.get_serializer_context()).data
        return Response(body, status=201, headers={"Location": body["url"]})


class ScheduleView(GenericAPIView[Schedule]):
    """One schedule."""

    serializer_class = ScheduleDetailSerializer

    def get_object(self) -> Schedule:
        """The schedule, which OPTIONS asks for. Raises NotFound."""
        return reads.schedule_get(self.kwargs["schedule_uuid"])

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, schedule_uuid: UUID) -> Response:
        """The schedule with its next times."""
        return Response(self.body(reads.schedule_get(schedule_uuid)))

    @extend_schema(request=ScheduleInput)
    def put(self, request: Request, schedule_uuid: UUID) -> Response:
        """Replace the schedule: what is not given takes its default."""
        CHANGE.check(request.user)
        reads.schedule_get(schedule_uuid)
        values = ScheduleInput.defaults() | _checked(request)
        return Response(self.body(orchestrator.update_schedule(schedule_uuid, **values)))

    @extend_schema(request=ScheduleInput(partial=True))
    def patch(self, request: Request, schedule_uuid: UUID) -> Response:
        """Change what is given."""
        CHANGE.check(request.user)
        reads.schedule_get(schedule_uuid)
        return Response(self.body(orchestrator.update_schedule(schedule_uuid, **_checked(request, partial=True))))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, schedule_uuid: UUID) -> Response:
        """Delete the schedule. 409 for one that an extension brings."""
        DELETE.check(request.user)
        orchestrator.delete_schedule(schedule_uuid)
        return Response(status=204)

    def body(self, schedule: Schedule) -> Any:
        """The schedule as JSON."""
        return self.get_serializer(schedule).data


class SchedulePauseView(ScheduleView):
    """Pausing a schedule."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=ScheduleDetailSerializer)
    def post(self, request: Request, schedule_uuid: UUID) -> Response:
        """Start nothing any more until it goes on."""
        return Response(self.body(orchestrator.pause_schedule(schedule_uuid, paused=True)))


class ScheduleUnpauseView(ScheduleView):
    """Letting a schedule go on."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses=ScheduleDetailSerializer)
    def post(self, request: Request, schedule_uuid: UUID) -> Response:
        """Go on from the next time."""
        return Response(self.body(orchestrator.pause_schedule(schedule_uuid, paused=False)))


class ScheduleRunView(GenericAPIView[Schedule]):
    """Starting what is scheduled."""

    http_method_names = ["post", "options"]
    serializer_class = StartedRun

    @extend_schema(request=None, responses={202: StartedRun})
    def post(self, request: Request, schedule_uuid: UUID) -> Response:
        """Start its run now; while one that was started so is active, it is that one."""
        return started(request, orchestrator.run_schedule(schedule_uuid))


def _checked(request: Request, *, partial: bool = False) -> dict[str, Any]:
    given = ScheduleInput(data=request.data, partial=partial)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
