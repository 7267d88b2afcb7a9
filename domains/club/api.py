"""Sources, and what applications have decided, for scripts and integrations."""

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

from domains.base.errors import Conflict
from domains.base.filters import ApiFilterSet
from domains.base.listing import FIELD, ordered, ordering
from domains.club import reads
from domains.club.models import Source
from domains.club.serializers import CommunitySerializer, SourceChange, SourceInput, SourceSerializer, without_links
from domains.club.start import save_source, start_test
from domains.orchestration.api import started
from domains.orchestration.serializers import StartedRun
from domains.orchestration.start import run_now
from domains.permissions.access import permission

SORTABLE = ("application", "name", "kind", "active", "created", "modified", "last_read", "failing_since")
MANAGE = permission("club.manage_sources")


class SourceFilter(ApiFilterSet):
    """The filters of the list; `application`, `kind` and `standing` may be repeated."""

    name = django_filters.CharFilter(lookup_expr="icontains")
    name_exact = django_filters.CharFilter(field_name="name")
    application = django_filters.AllValuesMultipleFilter()
    kind = django_filters.MultipleChoiceFilter(choices=reads.kind_choices)
    standing = django_filters.MultipleChoiceFilter(choices=reads.standing_choices)
    active = extend_schema_field(OpenApiTypes.BOOL)(
        django_filters.TypedChoiceFilter(
            choices=(("true", "true"), ("false", "false")), coerce=lambda text: text == "true"
        )
    )


class SourcesView(GenericAPIView[Source]):
    """Where figures come from."""

    serializer_class = SourceSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = SourceFilter

    def get_queryset(self) -> QuerySet[Source]:
        """Every source."""
        return reads.source_list()

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=SourceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every source, active or not."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=SourceInput, responses={201: SourceSerializer})
    def post(self, request: Request) -> Response:
        """Add a source."""
        MANAGE.check(request.user)
        values = _checked(SourceInput(data=request.data))
        secret = values.pop("secret", None)
        uuid = save_source(actor=request.user, uuid=None, values=values, secret=secret, version=None)
        body = self.get_serializer(reads.source_get(uuid)).data
        return Response(body, status=201, headers={"Location": body["url"]})


class SourceView(GenericAPIView[Source]):
    """One source."""

    serializer_class = SourceSerializer

    def get_object(self) -> Source:
        """The source, which OPTIONS asks for. Raises NotFound."""
        found: Source = reads.source_get(self.kwargs["source_uuid"])
        return found

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, source_uuid: UUID) -> Response:
        """The source with what its last test has found."""
        return Response(self.get_serializer(reads.source_get(source_uuid)).data)

    @extend_schema(request=SourceChange)
    def patch(self, request: Request, source_uuid: UUID) -> Response:
        """Change what is given. `config` and `features` are replaced as a whole."""
        MANAGE.check(request.user)
        source = reads.source_get(source_uuid)
        values = _checked(SourceChange(data=request.data, partial=True))
        version, secret = values.pop("version", None), values.pop("secret", None)
        if version is not None and version != source.version:
            raise Conflict("The source is another version by now. Read it again.", extra={"version": source.version})
        save_source(actor=request.user, uuid=source_uuid, values=values, secret=secret, version=version)
        return Response(self.get_serializer(reads.source_get(source_uuid)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, source_uuid: UUID) -> Response:
        """Delete the source. Figures that were collected from it stay."""
        MANAGE.check(request.user)
        source = reads.source_get(source_uuid)
        run_now("club", "delete_source", actor=request.user, application=source.application, source=source.uuid.hex)
        return Response(status=204)


class SourceTestView(GenericAPIView[Source]):
    """Testing a source."""

    http_method_names = ["post", "options"]
    serializer_class = StartedRun

    @extend_schema(request=None, responses={202: StartedRun})
    def post(self, request: Request, source_uuid: UUID) -> Response:
        """Ask the source whether it works; `report` of the source says what was found once the run has ended."""
        return started(request, start_test(request.user, reads.source_get(source_uuid)))


class CommunitiesView(GenericAPIView[Any]):
    """What applications have decided about their communities."""

    serializer_class = CommunitySerializer

    @extend_schema(parameters=[FIELD], responses=CommunitySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every application with its decision."""
        rows = self.paginate_queryset(reads.community_list())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)


class CommunityView(GenericAPIView[Any]):
    """What one application has decided."""

    serializer_class = CommunitySerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, app: str) -> Response:
        """The decision."""
        return Response(self.get_serializer(reads.community_get(app)).data)

    @extend_schema(request=CommunitySerializer)
    def patch(self, request: Request, app: str) -> Response:
        """Decide whether public JSON names members, from the next publication on."""
        MANAGE.check(request.user)
        reads.community_get(app)
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        run_now("club", "set_community", actor=request.user, application=app, app=app, **given.validated_data)
        return Response(self.get_serializer(reads.community_get(app)).data)


def _checked(given: SourceInput) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return without_links(given.validated_data)
