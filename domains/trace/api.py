"""Trace for scripts and integrations."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
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


class WantedExport(serializers.Serializer[Any]):
    """What an export is to do; nothing need be said."""

    full = serializers.BooleanField(default=False, help_text="Read all of Notion, not only what was edited.")
    app = serializers.CharField(
        default="", allow_blank=True, max_length=63, help_text="Build this application's documents only."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Say what would change, and publish nothing.")


class ExportsView(APIView):
    """Exports of the workspace."""

    parser_classes = (*APIView.parser_classes, FormParser, MultiPartParser)

    @extend_schema(request=WantedExport, responses={202: StartedExport})
    def post(self, request: Request) -> Response:
        """Start an export, unless one is under way; `Location` is the address of its run."""
        wanted = WantedExport(data=request.data)
        wanted.is_valid(raise_exception=True)
        run = start("trace", "export", actor=request.user, key=EXPORT_KEY, **wanted.validated_data)
        url = request.build_absolute_uri(reverse("api_run", args=[run.uuid]))
        body = StartedExport({"url": url, "uuid": run.uuid, "state": run.state, "created": run.created}).data
        return Response(body, status=202, headers={"Location": url})
