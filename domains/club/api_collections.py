"""Collections and their parts for scripts and integrations."""

from __future__ import annotations

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
from domains.club import reads
from domains.club.models import Collection, Part
from domains.club.serializers import CollectInput, CollectionSerializer, PartSerializer
from domains.club.start import start_collection
from domains.orchestration.api import started
from domains.orchestration.serializers import StartedRun
from domains.permissions.access import permission

SORTABLE = ("started", "ended", "state", "application", "feature", "day")
PARTS_SORTABLE = (
    "position",
    "state",
    "application",
    "feature",
    "source_name",
    "requests",
    "bytes",
    "seconds",
    "waited",
    "rows",
)
COLLECT = permission("club.collect_club")


class CollectionFilter(ApiFilterSet):
    """The filters of the list; `state` may be repeated."""

    state = django_filters.MultipleChoiceFilter(choices=reads.collection_states)
    application = django_filters.CharFilter()
    feature = django_filters.CharFilter()
    day_from = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    day_to = django_filters.DateFilter(field_name="day", lookup_expr="lte")


class PartFilter(ApiFilterSet):
    """The filters of the list; `state` may be repeated."""

    collection = django_filters.UUIDFilter(field_name="collection__uuid")
    source = django_filters.UUIDFilter(field_name="source__uuid")
    state = django_filters.MultipleChoiceFilter(choices=reads.part_states)
    application = django_filters.CharFilter()
    feature = django_filters.CharFilter()
    source_name = django_filters.CharFilter()


class CollectionsView(GenericAPIView[Collection]):
    """Every time that sources were asked."""

    serializer_class = CollectionSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = CollectionFilter

    def get_queryset(self) -> QuerySet[Collection]:
        """Every collection."""
        return reads.collection_list()

    @extend_schema(parameters=[FIELD, ordering(SORTABLE)], responses=CollectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every collection that is kept, newest first."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)

    @extend_schema(request=CollectInput, responses={202: StartedRun})
    def post(self, request: Request) -> Response:
        """Start a collection, unless one is under way; `Location` is the address of its run."""
        COLLECT.check(request.user)
        given = CollectInput(data=request.data)
        given.is_valid(raise_exception=True)
        return started(request, start_collection(request.user, **given.validated_data))


class CollectionView(GenericAPIView[Collection]):
    """One collection."""

    serializer_class = CollectionSerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, collection_uuid: UUID) -> Response:
        """The collection in figures; its run can be cancelled under `run`."""
        return Response(self.get_serializer(reads.collection_get(collection_uuid)).data)


class PartsView(GenericAPIView[Part]):
    """Parts of collections: one source asked about one feature, or about the hero metrics."""

    serializer_class = PartSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = PartFilter

    def get_queryset(self) -> QuerySet[Part]:
        """Every part."""
        return reads.part_list()

    @extend_schema(parameters=[FIELD, ordering(PARTS_SORTABLE)], responses=PartSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every part, those of the newest collection first; `collection` chooses one."""
        rows = ordered(self.filter_queryset(self.get_queryset()), request, PARTS_SORTABLE)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(rows), many=True).data)
