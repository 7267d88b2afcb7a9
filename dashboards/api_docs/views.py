"""The JSON interface, described for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboards.api_docs.reference import Reference
from domains.base.schema import api_schema


@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    """Every operation and object, with nothing to load but this page."""
    reference = Reference(api_schema())
    context = {"page_title": "JSON interface", "groups": reference.groups(), "things": reference.things()}
    return render(request, "api_docs/docs.html", context)
