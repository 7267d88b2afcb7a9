"""Figures, features and members for scripts of staff; public JSON has its own addresses and knows no names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from domains.base.filters import ApiFilterSet
from domains.base.listing import FIELD, ordered, ordering
from domains.club import point_reads, reads
from domains.club.figure_serializers import (
    FeaturePointSerializer,
    FeatureSerializer,
    HeroPointSerializer,
    MemberDetailSerializer,
    MemberSerializer,
)
from domains.club.models import Feature, FeaturePoint, HeroPoint, Member
from domains.club.start import start_erasure
from domains.orchestration.api import started
from domains.orchestration.serializers import StartedRun

FEATURES_SORTABLE = ("application", "slug", "name", "member_total", "contributions", "gini", "top_share")
MEMBERS_SORTABLE = ("application", "name", "first_day", "last_day")


class PointFilter(ApiFilterSet):
    """Points by what they stand for and by their day, both ends included."""

    every = django_filters.ChoiceFilter(choices=point_reads.every_choices)
    since = django_filters.DateFilter(field_name="at", lookup_expr="gte")
    until = django_filters.DateFilter(field_name="at", lookup_expr="lte")


class HeroPointFilter(PointFilter):
    """Those of one application, or of several."""

    application = django_filters.AllValuesMultipleFilter()


class FeatureFilter(ApiFilterSet):
    """The filters of the list."""

    application = django_filters.CharFilter()
    slug = django_filters.CharFilter()
    name = django_filters.CharFilter(lookup_expr="icontains")


class MemberFilter(ApiFilterSet):
    """The filters of the list."""

    application = django_filters.CharFilter()
    name = django_filters.CharFilter(lookup_expr="icontains")
    account = django_filters.CharFilter(field_name="key")
    pseudonym = django_filters.CharFilter()
    feature = django_filters.CharFilter(method="of_feature")

    def of_feature(self, rows: QuerySet[Member], name: str, value: str) -> QuerySet[Member]:
        """Those who were ever present in a feature of this slug."""
        return reads.members_of_feature(rows, value)


class _ListView(GenericAPIView[Any]):
    """A list with filters and pages."""

    filter_backends = [DjangoFilterBackend]
    sortable: tuple[str, ...] = ()

    def page(self, request: Request) -> Response:
        """One page of what the filters leave."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, self.sortable)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)


class HeroMetricsView(_ListView):
    """The hero metrics over time."""

    serializer_class = HeroPointSerializer
    filterset_class = HeroPointFilter
    sortable = ("at", "application")

    def get_queryset(self) -> QuerySet[HeroPoint]:
        """Every point."""
        return point_reads.hero_point_list()

    @extend_schema(parameters=[FIELD, ordering(sortable)], responses=HeroPointSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Points of every application, newest first."""
        return self.page(request)


class FeaturesView(_ListView):
    """What communities gather around."""

    serializer_class = FeatureSerializer
    filterset_class = FeatureFilter
    sortable = FEATURES_SORTABLE

    def get_queryset(self) -> QuerySet[Feature]:
        """Every active feature."""
        return point_reads.feature_rows()

    @extend_schema(parameters=[FIELD, ordering(FEATURES_SORTABLE)], responses=FeatureSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every feature with its newest totals."""
        return self.page(request)


class FeatureView(GenericAPIView[Feature]):
    """One feature."""

    serializer_class = FeatureSerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, feature_uuid: UUID) -> Response:
        """The feature with its newest totals."""
        return Response(self.get_serializer(point_reads.feature_row(feature_uuid)).data)


class FeaturePointsView(_ListView):
    """One feature over time."""

    serializer_class = FeaturePointSerializer
    filterset_class = PointFilter
    sortable = ("at",)

    def get_queryset(self) -> QuerySet[FeaturePoint]:
        """Its points; none while the schema is made, which names no feature."""
        return point_reads.points_of(self.kwargs.get("feature_uuid"))

    @extend_schema(parameters=[FIELD, ordering(sortable)], responses=FeaturePointSerializer(many=True))
    def get(self, request: Request, feature_uuid: UUID) -> Response:
        """Totals of each point, newest first."""
        return self.page(request)


class MembersView(_ListView):
    """Who appears in the figures."""

    serializer_class = MemberSerializer
    filterset_class = MemberFilter
    sortable = MEMBERS_SORTABLE

    def get_queryset(self) -> QuerySet[Member]:
        """Every member."""
        return reads.member_list()

    @extend_schema(parameters=[FIELD, ordering(MEMBERS_SORTABLE)], responses=MemberSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every member by name."""
        return self.page(request)


class MemberView(GenericAPIView[Member]):
    """One member."""

    serializer_class = MemberDetailSerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, member_uuid: UUID) -> Response:
        """The member with the places in the newest rankings."""
        found = reads.member_detail(member_uuid)
        context = {**self.get_serializer_context(), "features": found.features}
        return Response(MemberDetailSerializer(found.member, context=context).data)


class MemberEraseView(GenericAPIView[Member]):
    """Erasing a member on request."""

    http_method_names = ["post", "options"]
    serializer_class = StartedRun

    @extend_schema(request=None, responses={202: StartedRun})
    def post(self, request: Request, member_uuid: UUID) -> Response:
        """Take the member out of everything that is kept and published. Cannot be undone."""
        return started(request, start_erasure(request.user, reads.member_get(member_uuid)))
