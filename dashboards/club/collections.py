"""The pages of collections: the list, starting one, and one with every part of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from dashboards.club.collection_filters import CollectionFilters, PartFilters
from dashboards.club.collection_panels import CollectionPanel, LatestCollectionPanel
from dashboards.club.collection_tables import CollectionTable, PartTable, about
from dashboards.schedules.words import times_in_words
from dashboards.shell.back import back_to
from dashboards.shell.forms import DressedForm
from dashboards.shell.list_page import ListPage
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.partials import is_partial
from domains.applications import reads as applications
from domains.base.errors import ValidationFailed
from domains.club import reads
from domains.club.start import start_collection
from domains.orchestration import reads as runs
from domains.permissions.access import permission

COLLECT = permission("club.collect_club")
POLLER = "parts-poller"
OVER = f'<div id="{POLLER}" hx-swap-oob="true" hidden></div>'


def _applications() -> list[tuple[str, str]]:
    return [("", "Every application"), *applications.application_choices()]


def _features() -> list[tuple[str, str]]:
    return [("", "Every feature and the hero metrics"), *reads.feature_names()]


class CollectForm(DressedForm):
    """What is collected."""

    app = forms.ChoiceField(label="Application", required=False, choices=_applications)
    feature = forms.ChoiceField(label="Feature", required=False, choices=_features)


class CollectionsPage(ListPage):
    """Every collection, and above the list the newest one as it goes."""

    key, title, icon = "club.collections", "Collections", "history"
    template_name = "club/collections.html"
    table_class, filterset_class = CollectionTable, CollectionFilters
    search_label = "Search collections"
    empty_text = "Nothing has been collected yet."
    default_sort = "-started"

    def queryset(self) -> Any:
        """Every collection that is kept."""
        return reads.collection_list()

    def context(self) -> dict[str, Any]:
        """The newest run, the form, and when collections start by themselves."""
        schedules = runs.schedule_list().filter(orchestrator="club", method="collect")
        return {
            "latest_panel": LatestCollectionPanel(),
            "form": CollectForm(),
            "may_collect": COLLECT.allows(self.request.user),
            "permission": COLLECT.permission,
            "schedules": [(each, times_in_words(each.cron, each.interval_s, each.time_zone)) for each in schedules],
        }


class CollectionPage(ListPage):
    """One collection: how it stands, what it cost, and its parts, which renew themselves while it goes on."""

    key, title, icon = "club.parts", "Parts", "list-checks"
    template_name = "club/collection.html"
    table_class, filterset_class = PartTable, PartFilters
    search_label = "Search parts"
    empty_text = "No source was asked."

    def queryset(self) -> Any:
        """The parts of this collection."""
        return reads.parts_of(reads.collection_get(self.kwargs["collection_uuid"]))

    def context(self) -> dict[str, Any]:
        """The collection and its panel."""
        collection = reads.collection_get(self.kwargs["collection_uuid"])
        return {
            "page_title": f"Collection of {about(collection, 'every application')}",
            "collection": collection,
            "standing_panel": CollectionPanel(collection.uuid),
            "poller": POLLER if collection.ended is None else "",
            "may_collect": COLLECT.allows(self.request.user),
        }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        """The list; what asks for it again by itself is no step in the browser's history, and ends with the run."""
        response = super().get(request, **kwargs)
        if isinstance(response, HttpResponse) and is_partial(request) and request.headers.get("HX-Trigger") == POLLER:
            del response["HX-Push-Url"]
            if reads.collection_get(kwargs["collection_uuid"]).ended is not None:
                response.content += OVER.encode()
        return response


@require_POST
def collect(request: HttpRequest) -> HttpResponse:
    """Start a collection, or find the one that is under way."""
    form = CollectForm(request.POST)
    if not form.is_valid():
        faults = {name: [str(fault) for fault in found] for name, found in form.errors.items()}
        raise ValidationFailed("This cannot be collected.", fields=faults)
    run = start_collection(request.user, **form.cleaned_data)
    messages.success(
        request, "The collection has been queued." if run.created else "A collection is under way already."
    )
    if is_partial(request):  # the page stays: its panels are told to look again
        return HttpResponse(badge_fragment(request, "runs"), headers={"HX-Trigger": "vault:refresh"})
    return back_to(request, reverse("club_collections"))
