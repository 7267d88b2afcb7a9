"""Runs for scripts and integrations."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from domains.base.errors import ValidationFailed
from domains.base.filters import ApiFilterSet
from domains.base.listing import FIELD, ordered, ordering
from domains.orchestration import orchestrator, reads
from domains.orchestration.calls import check_allowed, check_call
from domains.orchestration.inline import RunInfo
from domains.orchestration.models import Run
from domains.orchestration.serializers import RunDetailSerializer, RunInput, RunSerializer, StartedRun
from domains.orchestration.start import start
from domains.orchestration.states import Queue, WaitsFor
from domains.permissions.access import permission

SORTABLE = (
    "created",
    "started",
    "ended",
    "state",
    "orchestrator",
    "method",
    "application",
    "queue",
    "priority",
    "attempt",
    "elapsed",
)
ADD = permission("orchestration.add_run")
CONTEXT = "context"
INCLUDE = OpenApiParameter(
    "include", str, enum=[CONTEXT], many=True, description="“context”: what each step has made of each context value."
)
FIRST_YEAR, LAST_YEAR = 1900, 2200


def started(request: Request, info: RunInfo) -> Response:
    """202 with the address of the run."""
    url = reverse("api_run", args=[info.uuid], request=request)
    body = StartedRun({"url": url, "uuid": info.uuid, "state": info.state, "created": info.created}).data
    return Response(body, status=202, headers={"Location": url})


def _check_year(moment: datetime) -> None:
    """Keep moments where every time zone can still reckon with them."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValidationError(f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.")


class RunFilter(ApiFilterSet):
    """The filters of the list; `state`, `queue` and `waits_for` may be repeated."""

    state = django_filters.MultipleChoiceFilter(choices=reads.state_choices())
    waits_for = django_filters.MultipleChoiceFilter(choices=WaitsFor.choices)
    orchestrator = django_filters.CharFilter()
    method = django_filters.CharFilter()
    application = django_filters.CharFilter()
    actor = django_filters.CharFilter(field_name="actor_name")
    key = django_filters.CharFilter()
    queue = django_filters.MultipleChoiceFilter(choices=Queue.choices)
    parent = django_filters.UUIDFilter(field_name="parent__uuid")
    query = django_filters.CharFilter(method="search")
    created_after = django_filters.IsoDateTimeFilter(field_name="created", lookup_expr="gte", validators=[_check_year])
    created_before = django_filters.IsoDateTimeFilter(field_name="created", lookup_expr="lt", validators=[_check_year])

    def search(self, rows: QuerySet[Run], name: str, text: str) -> QuerySet[Run]:
        """Every word must stand in the name, the application, the actor or be the uuid."""
        return reads.run_search(rows, text)


class RunList(GenericAPIView[Run]):
    """A list of runs."""

    serializer_class = RunSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = RunFilter

    def get_queryset(self) -> QuerySet[Run]:
        """Every run."""
        return reads.run_list()

    def page(self, request: Request, found: QuerySet[Run]) -> Response:
        """One page of what the filters leave."""
        rows = ordered(self.filter_queryset(found), request, SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


class RunsView(RunList):
    """Runs, newest first."""

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=RunSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every run, child runs too."""
        return self.page(request, self.get_queryset())

    @extend_schema(request=RunInput, responses={202: StartedRun})
    def post(self, request: Request) -> Response:
        """Start what its orchestrator lists as startable; while its run of the same key is active, it is that one."""
        ADD.check(request.user)
        given = RunInput(data=request.data)
        given.is_valid(raise_exception=True)
        values: dict[str, Any] = dict(given.validated_data)
        name, method, args = values.pop("orchestrator"), values.pop("method"), values.pop("args", {})
        check_call(name, method, args)
        check_allowed(name, method)
        return started(request, start(name, method, actor=request.user, **values, **args))


class RunChildrenView(RunList):
    """The child runs of a run."""

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=RunSerializer(many=True))
    def get(self, request: Request, run_uuid: UUID) -> Response:
        """Those that this run has started, newest first."""
        return self.page(request, self.get_queryset().filter(parent=reads.run_get(run_uuid)))


class RunView(GenericAPIView[Run]):
    """One run."""

    serializer_class = RunDetailSerializer

    @extend_schema(parameters=[FIELD, INCLUDE])
    def get(self, request: Request, run_uuid: UUID) -> Response:
        """The run with its steps and log lines."""
        included = request.query_params.getlist("include")
        if unknown := [name for name in included if name != CONTEXT]:
            fault = f"{unknown[0][:60]!r} cannot be included, only {CONTEXT}."
            raise ValidationFailed(fault, fields={"include": [fault]})
        return Response(self.body(run_uuid, with_context=CONTEXT in included))

    def body(self, run_uuid: UUID, *, with_context: bool = False) -> Any:
        """The run as JSON. Raises NotFound."""
        detail = reads.run_detail(run_uuid)
        context = {**self.get_serializer_context(), "detail": detail, "with_context": with_context}
        return RunDetailSerializer(detail.run, context=context).data


class RunCancelView(RunView):
    """Cancelling a run."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def post(self, request: Request, run_uuid: UUID) -> Response:
        """Stop before the next step and roll back, child runs first. 409 when the run has ended."""
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


class RunRetryStepView(RunView):
    """Trying a step again at once."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def post(self, request: Request, run_uuid: UUID) -> Response:
        """Make the next attempt now instead of at its time. 409 unless a step waits for it."""
        orchestrator.retry_step(run_uuid)
        return Response(self.body(run_uuid), status=202)


class RunRetryRollbackView(RunView):
    """Repeating failed rollbacks."""

    http_method_names = ["post", "options"]

    @extend_schema(request=None, responses={202: RunDetailSerializer})
    def post(self, request: Request, run_uuid: UUID) -> Response:
        """Repeat the rollbacks that have failed, no others. 409 unless the run's rollback has failed."""
        orchestrator.retry_rollback(run_uuid)
        return Response(self.body(run_uuid), status=202)
