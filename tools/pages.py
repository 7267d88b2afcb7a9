"""The address of every staff page, for the screenshots and for the tests that look at all of them."""

from __future__ import annotations

from django.urls import reverse

from domains.applications import reads as applications
from domains.audit import reads as audit
from domains.club import reads as club
from domains.orchestration import reads as runs
from domains.trace import reads as trace

PLAIN = (
    "home",
    "runs",
    "trace_features",
    "trace_gateways",
    "trace_tiers",
    "trace_tags",
    "trace_matrix_gateways",
    "trace_matrix_tags",
    "trace_snapshots",
    "trace_difference",
    "trace_exports",
    "trace_connection",
    "public_api_log",
    "trace_preview",
    "club_overview",
    "club_features",
    "club_members",
    "club_collections",
    "club_sources",
    "club_source_create",
    "club_community",
    "club_cache",
    "club_service_health",
    "club_preview",
    "applications",
    "application_create",
    "schedules",
    "schedule_create",
    "workers",
    "failed_tasks",
    "events",
    "stats",
    "health",
    "preferences",
    "api_docs",
)


def every_page() -> dict[str, str]:
    """Name and address of each page that a signed-in member of staff can open, as far as there is data for it."""
    pages = {name: reverse(name) for name in PLAIN}
    if application := next(iter(applications.application_list()), None):
        pages["application"] = reverse("application", args=[application.slug])
        pages["application_edit"] = reverse("application_edit", args=[application.slug])
    if run := runs.run_list().first():
        pages["run"] = reverse("run", args=[run.uuid])
    for run in runs.run_list().filter(key__startswith="sample."):
        pages[f"run_{run.key.removeprefix('sample.')}"] = reverse("run", args=[run.uuid])
    if schedule := runs.schedule_list().first():
        pages["schedule"] = reverse("schedule", args=[schedule.uuid])
        pages["schedule_edit"] = reverse("schedule_edit", args=[schedule.uuid])
    if task := runs.failed_tasks().first():
        pages["failed_task"] = reverse("failed_task", args=[task.pk])
    if event := audit.event_list().first():
        pages["event"] = reverse("event", args=[event.uuid])
    if feature := trace.feature_list().first():
        pages["trace_feature"] = reverse("trace_feature", args=[feature.slug])
        pages["trace_history"] = reverse("trace_history", args=["features", feature.page_id])
        question = "?address=/trace/public/tags/%3Fpage_size=2&method=GET"
        pages["trace_preview_answer"] = reverse("trace_preview") + question
    if gateway := trace.kind_list("gateways").first():
        pages["trace_gateway"] = reverse("trace_gateway", args=[gateway.slug])
    if snapshot := trace.snapshot_list().first():
        pages["trace_snapshot"] = reverse("trace_snapshot", args=[snapshot.name])
    return pages | club_pages()


def club_pages() -> dict[str, str]:
    """Those of one feature, source, collection and member, as far as there are any."""
    pages = {}
    if point := club.feature_standings().order_by("-contributions").first():
        pages["club_feature"] = reverse("club_feature", args=[point.feature.application, point.feature.slug])
        pages["club_overview_year"] = f"{reverse('club_overview')}?range=year&app={point.feature.application}"
        question = "?address=/club/public/hero-metrics/&method=GET"
        pages["club_preview_answer"] = reverse("club_preview") + question
    if source := club.source_list().first():
        for name in ("club_source", "club_source_edit", "club_source_delete"):
            pages[name] = reverse(name, args=[source.uuid])
        pages["club_community_decide"] = reverse("club_community_decide", args=[source.application])
    if collection := club.collection_list().first():
        pages["club_collection"] = reverse("club_collection", args=[collection.uuid])
    if member := club.member_list().first():
        for name in ("club_member", "club_member_erase"):
            pages[name] = reverse(name, args=[member.uuid])
    return pages
