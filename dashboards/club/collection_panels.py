"""The panels of collections."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from dashboards.runs.card import run_card_context
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.panels import Panel
from dashboards.shell.partials import is_partial
from domains.base.errors import NotFound
from domains.base.ready import ReadyBytes, made
from domains.club import reads
from domains.orchestration import reads as runs


class LatestCollectionPanel(Panel):
    """The card of the newest collection, whoever starts it. While it is active its card asks for itself."""

    name = "latest-collection"
    title = "Latest collection"
    template = "club/_latest.html"
    every = 3

    def __init__(self) -> None:
        super().__init__(url=reverse("club_latest_collection"))

    def body(self, request: HttpRequest) -> ReadyBytes:
        """The card, or a sentence before the first collection. The ETag is that of the run."""
        latest = runs.latest_run("club", "collect")
        context: dict[str, Any] = {}
        if latest:
            context = run_card_context(latest.uuid) | {"collection": reads.collection_of_run(latest.uuid)}
        etag = f"{latest.uuid.hex}-{context['run'].etag}-{bool(context['collection'])}" if latest else "none"
        body = render_to_string(self.template, context, request)
        if is_partial(request):
            body += badge_fragment(request, "runs")
        return ReadyBytes(body.encode(), etag, time.time())


class CollectionPanel(Panel):
    """How a collection stands: its run with the button that cancels it, and its figures so far."""

    name = "collection"
    title = "How it stands"
    template = "club/_collection.html"
    every = 3

    def __init__(self, collection_uuid: UUID) -> None:
        self.collection_uuid = collection_uuid
        super().__init__(url=reverse("club_collection_standing", args=[collection_uuid]))

    def body(self, request: HttpRequest) -> ReadyBytes:
        """The run's card and the sums over the parts."""
        collection = reads.collection_get(self.collection_uuid)
        context = {"collection": collection, "totals": reads.collection_totals(collection), "panel": self}
        return made(render_to_string(self.template, context | _card(collection), request).encode(), time.time())


def _card(collection: Any) -> dict[str, Any]:
    """The card of the run; nothing once the run is no longer kept."""
    try:
        return run_card_context(collection.run_uuid)
    except NotFound:
        return {}
