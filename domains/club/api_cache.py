"""The cache of published documents for scripts and integrations."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from domains.base.errors import NotFound
from domains.base.listing import FIELD
from domains.club import reads
from domains.club.figure_serializers import CacheEntrySerializer
from domains.orchestration.start import run_now
from domains.permissions.access import permission

CLEAR = permission("club.collect_club")


class CacheView(GenericAPIView[Any]):
    """What may be in the cache."""

    serializer_class = CacheEntrySerializer

    @extend_schema(parameters=[FIELD], responses=CacheEntrySerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every possible key, and whether it is set."""
        rows = self.paginate_queryset(reads.cache_entries())
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="club_cache_clear", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Forget all of them."""
        CLEAR.check(request.user)
        run_now("club", "clear_cache", actor=request.user)
        return Response(status=204)


class CacheEntryView(GenericAPIView[Any]):
    """One key."""

    serializer_class = CacheEntrySerializer

    @extend_schema(parameters=[FIELD])
    def get(self, request: Request, key: str) -> Response:
        """Whether it is set."""
        return Response(self.get_serializer(_entry(key)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Forget it."""
        CLEAR.check(request.user)
        run_now("club", "clear_cache", actor=request.user, keys=[_entry(key).key])
        return Response(status=204)


def _entry(key: str) -> Any:
    for entry in reads.cache_entries():
        if entry.key == key:
            return entry
    raise NotFound(f"There is no key {key[:100]} in this cache.")
