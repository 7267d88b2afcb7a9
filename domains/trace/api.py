"""Trace for scripts and integrations."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from domains.base.listing import HexUuidField
from domains.orchestration.start import start
from domains.trace.reads import EXPORT_KEY


class StartedExport(serializers.Serializer[Any]):
    """The run that carries out an export."""

    url = serializers.URLField()
    uuid = HexUuidField()
    state = serializers.CharField()
    created = serializers.BooleanField(help_text="False when an export was under way already; it is that run then.")


class ExportsView(APIView):
    """Exports of the workspace."""

    @extend_schema(request=None, responses={202: StartedExport})
    def post(self, request: Request) -> Response:
        """Start an export, unless one is under way; `Location` is the address of its run."""
        run = start("trace", "export", actor=request.user, key=EXPORT_KEY)
        url = request.build_absolute_uri(reverse("api_run", args=[run.uuid]))
        body = StartedExport({"url": url, "uuid": run.uuid, "state": run.state, "created": run.created}).data
        return Response(body, status=202, headers={"Location": url})
