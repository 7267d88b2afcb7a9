"""What every JSON endpoint shares: pages, errors, and the one shape of a problem."""

from __future__ import annotations

from typing import Any, cast

from django.core.paginator import Page
from django.http import HttpRequest, JsonResponse
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import exception_handler as drf_exception_handler

from domains.base import ambient
from domains.base.errors import ValidationFailed, VaultError

PROBLEM = "application/problem+json"


def problem(error: VaultError, request: HttpRequest) -> JsonResponse:
    """RFC 9457 with the older fields `error` and `detail` beside it."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": error.message,
        "status": error.status,
        "code": error.code,
        "instance": request.path,
        "request_id": ambient.current().request_id,
        "error": error.message,
        "detail": error.detail or error.message,
        **error.extra,
    }
    if isinstance(error, ValidationFailed) and error.fields:
        body["fields"] = error.fields
    return JsonResponse(body, status=error.status, content_type=PROBLEM)


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Errors under `/api/`: field lists for 400, `{"detail": …}` for the rest."""
    if isinstance(error, ValidationFailed) and error.fields:
        return Response({name or "non_field_errors": faults for name, faults in error.fields.items()}, status=400)
    if isinstance(error, VaultError):
        return Response({"detail": error.message, "code": error.code, **error.extra}, status=error.status)
    return drf_exception_handler(error, context)


class HeaderPagination(PageNumberPagination):
    """A bare array, with `X-Result-Count` and `Link` beside it."""

    page_size_query_param = "page_size"
    max_page_size = 300

    def get_paginated_response(self, data: Any) -> Response:
        """The page's rows; total and neighbours are in the headers."""
        page = cast(Page[Any], self.page)
        links = {
            "first": self._link(1),
            "prev": self.get_previous_link(),
            "next": self.get_next_link(),
            "last": self._link(page.paginator.num_pages),
        }
        link = ", ".join(f'<{url}>; rel="{name}"' for name, url in links.items() if url)
        return Response(data, headers={"X-Result-Count": str(page.paginator.count), "Link": link})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema of a bare array."""
        return schema

    def _link(self, number: int) -> str:
        request = cast(Request, self.request)
        return str(replace_query_param(request.build_absolute_uri(), self.page_query_param, number))
