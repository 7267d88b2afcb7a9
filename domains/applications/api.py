"""Applications for scripts and integrations."""

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

from domains.applications import reads
from domains.applications.models import Application
from domains.applications.serializers import ApplicationChange, ApplicationInput, ApplicationSerializer
from domains.base.filters import ApiFilterSet
from domains.base.listing import FIELD, ordered, ordering
from domains.orchestration.start import run_now
from domains.permissions.access import permission

SORTABLE = ("name", "slug", "position", "active", "created", "modified")
ADD = permission("applications.add_application")
CHANGE = permission("applications.change_application")
DELETE = permission("applications.delete_application")


class ApplicationFilter(ApiFilterSet):
    """The filters of the list; `slug` may be repeated."""

    name = django_filters.CharFilter(lookup_expr="icontains")
    name_exact = django_filters.CharFilter(field_name="name")
    slug = django_filters.MultipleChoiceFilter(choices=reads.application_choices)
    active = extend_schema_field(OpenApiTypes.BOOL)(
        django_filters.TypedChoiceFilter(
            choices=(("true", "true"), ("false", "false")), coerce=lambda text: text == "true"
        )
    )


class ApplicationsView(GenericAPIView[Application]):
    """The registry of applications."""

    serializer_class = ApplicationSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = ApplicationFilter

    def get_queryset(self) -> QuerySet[Application]:
        """Every application."""
        return reads.application_rows()

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=ApplicationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every application, active or not."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=ApplicationInput, responses={201: ApplicationSerializer})
    def post(self, request: Request) -> Response:
        """Add an application."""
        ADD.check(request.user)
        values = _checked(ApplicationInput(data=request.data))
        run_now("applications", "create", actor=request.user, application=values["slug"], values=values)
        body = self.get_serializer(reads.application_get(values["slug"], active_only=False)).data
        return Response(body, status=201, headers={"Location": body["url"]})


class ApplicationView(GenericAPIView[Application]):
    """One application."""

    serializer_class = ApplicationSerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, application_uuid: UUID) -> Response:
        """The application."""
        return Response(self.get_serializer(reads.application_of(application_uuid)).data)

    @extend_schema(request=ApplicationChange)
    def patch(self, request: Request, application_uuid: UUID) -> Response:
        """Change the fields that are given."""
        CHANGE.check(request.user)
        info = reads.application_of(application_uuid)
        values = _checked(ApplicationChange(data=request.data, partial=True))
        version = values.pop("version", None)
        reads.check_version(info, version)
        change = {"app": info.slug, "values": values, "version": version}
        run_now("applications", "update", actor=request.user, application=info.slug, **change)
        return Response(self.get_serializer(reads.application_of(application_uuid)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, application_uuid: UUID) -> Response:
        """Delete an application that is not active and of which nothing is published."""
        DELETE.check(request.user)
        app = reads.application_of(application_uuid).slug
        run_now("applications", "delete", actor=request.user, application=app, app=app)
        return Response(status=204)


def _checked(given: ApplicationInput) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
