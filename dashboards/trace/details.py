"""The page of one published row."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboards.trace.kinds import KINDS
from dashboards.trace.markdown import to_html
from domains.trace import reads
from domains.trace.reads import safe_url


@require_safe
def entry_page(request: HttpRequest, slug: str, *, kind: str) -> HttpResponse:
    """One row with everything it is related to."""
    detail = reads.entry_detail(kind, slug)
    context = {
        "page_title": detail.entry.name,
        "detail": detail,
        "kind": KINDS[kind],
        "notion_url": detail.entry.url if safe_url(detail.entry.url) else "",
        "content": to_html(detail.content) if detail.content else "",
        "all_features": f"{reverse('trace_features')}?{KINDS[kind].one}=" if kind != "features" else "",
    }
    return render(request, "trace/entry.html", context)
