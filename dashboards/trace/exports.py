"""The page of exports: starting one, what the last one found wrong, and when the next ones come."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from dashboards.schedules.words import times_in_words
from dashboards.shell.back import back_to
from dashboards.shell.forms import DressedForm
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.partials import is_partial
from dashboards.trace.panels import LatestExportPanel, ProblemsPanel, PublishedPanel
from domains.applications import reads as applications
from domains.base.errors import ValidationFailed
from domains.orchestration import reads as runs
from domains.orchestration.start import start
from domains.permissions.access import permission
from domains.trace import reads

EXPORT = permission("trace.export_trace")


def _applications() -> list[tuple[str, str]]:
    return [("", "Every application"), *applications.application_choices()]


class ExportForm(DressedForm):
    """How an export differs from the usual one."""

    app = forms.ChoiceField(label="Publish for", required=False, choices=_applications)
    full = forms.BooleanField(
        label="Read everything",
        required=False,
        help_text="All of Notion and not only what was edited. Takes minutes to hours, by Notion's pace.",
    )
    dry_run = forms.BooleanField(
        label="Dry run", required=False, help_text="Say what would change, and publish nothing."
    )


@require_http_methods(["GET", "HEAD", "POST"])
def exports_page(request: HttpRequest) -> HttpResponse:
    """What was published when; a POST starts an export, or finds the one that is under way."""
    if request.method == "POST":
        return _start_export(request)
    schedules = runs.schedule_list().filter(orchestrator="trace", method="export")
    context = {
        "page_title": "Exports",
        "latest_panel": LatestExportPanel(),
        "problems_panel": ProblemsPanel(),
        "published_panel": PublishedPanel(),
        "form": ExportForm(),
        "links": reads.public_links(),
        "entered": reads.entered(),
        "schedules": [(each, times_in_words(each.cron, each.interval_s, each.time_zone)) for each in schedules],
    }
    return render(request, "trace/exports.html", context)


def _start_export(request: HttpRequest) -> HttpResponse:
    EXPORT.check(request.user)
    form = ExportForm(request.POST)
    if not form.is_valid():
        raise ValidationFailed("This export cannot be started.", fields=_faults(form))
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    run = start("trace", "export", actor=request.user, key=reads.EXPORT_KEY, **wanted)
    messages.success(request, "The export has been queued." if run.created else "An export is under way already.")
    if is_partial(request):  # the page stays: its panels are told to look again
        return HttpResponse(badge_fragment(request, "runs"), headers={"HX-Trigger": "vault:refresh"})
    return back_to(request, reverse("trace_exports"))


def _faults(form: ExportForm) -> dict[str, Any]:
    return {name: [str(fault) for fault in faults] for name, faults in form.errors.items()}
