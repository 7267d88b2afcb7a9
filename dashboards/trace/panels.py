"""The panels of Trace."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from dashboards.runs.card import run_card_context
from dashboards.shell.navigation import badge_fragment
from dashboards.shell.panels import Panel
from dashboards.shell.partials import is_partial
from domains.base.ready import ReadyBytes
from domains.orchestration import reads as runs
from domains.trace import reads

MOST_PUBLISHED = 10


class LatestExportPanel(Panel):
    """The card of the newest export, whoever starts it. While the export is active its card asks for itself."""

    name = "latest-export"
    title = "Latest export"
    template = "trace/_latest.html"

    def __init__(self) -> None:
        super().__init__(url=reverse("trace_latest"))

    def body(self, request: HttpRequest) -> ReadyBytes:
        """The card, or a sentence before the first export. The ETag is that of the run."""
        latest = runs.latest_run("trace", "export")
        context = run_card_context(latest.uuid) if latest else {}
        etag = f"{latest.uuid.hex}-{context['run'].etag}" if latest else "none"
        body = render_to_string(self.template, context, request)
        if is_partial(request):
            body += badge_fragment(request, "runs")
        return ReadyBytes(body.encode(), etag, time.time())


class PublishedPanel(Panel):
    """What was published when, refreshed often, since somebody who looks here waits for an export."""

    name = "published"
    title = "Published"
    icon = "history"
    template = "trace/_published.html"
    every = 3
    framed = True

    def __init__(self) -> None:
        super().__init__(url=reverse("trace_published"))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """The newest publications."""
        return {"publications": reads.publication_list()[:MOST_PUBLISHED]}


class ProblemsPanel(Panel):
    """What the newest export that has ended well found wrong with single rows, and what a dry run would change."""

    name = "problems"
    title = "What the last export found"
    template = "trace/_problems.html"

    def __init__(self) -> None:
        super().__init__(url=reverse("trace_problems"))

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """The problems with the rows that have them, and the rows that a dry run named."""
        run = reads.last_export()
        result: dict[str, Any] = (run.result or {}) if run else {}
        problems = result.get("problems") or []
        rows = reads.rows_of({problem["id"] for problem in problems})
        return {
            "run": run,
            "result": result,
            "problems": [(problem, rows.get(problem["id"])) for problem in problems],
            "count": result.get("problem_count", len(problems)),
        }
