"""Probes, the health document, metrics, and the snapshot as JSON.

What only answers to GET is exempt from the CSRF check, so that any other method is answered with 405.
"""

from __future__ import annotations

import ipaddress
import json
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.crypto import constant_time_compare
from django.utils.http import parse_etags
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from domains.base.errors import PermissionDenied, Unavailable
from domains.core import reads
from domains.core.facts import software
from domains.core.health import Report, health_json, health_report, public_health_json
from domains.core.metrics import CONTENT_TYPE, exposition
from domains.permissions.access import asked_by_staff

HEALTH_JSON = "application/health+json"
MARKS = {"pass": "+", "warn": "!", "fail": "-"}


@csrf_exempt
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Whether the process answers. Asks neither database nor cache, else a dead database restarts every web server."""
    return HttpResponse("ok\n", content_type="text/plain")


@csrf_exempt
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests can be served: no critical check fails."""
    return _probe(request, health_report(exclude=request.GET.getlist("exclude")))


@csrf_exempt
@require_safe
def startupz(request: HttpRequest) -> HttpResponse:
    """Whether the start is over: the database answers and every migration is applied."""
    report = health_report(exclude=request.GET.getlist("exclude"))
    return _probe(request, report.only({"database", "migrations"}))


@csrf_exempt
@require_safe
def health_document(request: HttpRequest) -> HttpResponse:
    """The health report as health+json: everything for staff, names and statuses for others."""
    report = health_report(exclude=request.GET.getlist("exclude"))
    body = health_json(report) if asked_by_staff(request) else public_health_json(report)
    return _no_store(JsonResponse(body, status=report.http_status, content_type=HEALTH_JSON))


def _probe(request: HttpRequest, report: Report) -> HttpResponse:
    """One word, or with `?verbose` one line a check, in the manner of the Kubernetes API server."""
    lines = []
    if "verbose" in request.GET:
        lines = [f"[{MARKS[o.status]}]{o.name} {o.status}" for o in report.outcomes]
    lines.append("ok" if report.status != "fail" else "failed")
    return _no_store(HttpResponse("\n".join(lines) + "\n", status=report.http_status, content_type="text/plain"))


def _no_store(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Metrics for Prometheus, for holders of the token and for the networks of the settings."""
    if not (_has_token(request) or _is_near(request)):
        raise PermissionDenied("Metrics are for holders of METRICS_TOKEN and for METRICS_NETWORKS.")
    body = exposition(reads.latest_snapshot(), health_report())
    return _no_store(HttpResponse(body, content_type=CONTENT_TYPE))


def _has_token(request: HttpRequest) -> bool:
    token = settings.VAULT.METRICS_TOKEN
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if token is None or not token.get_secret_value() or scheme.lower() != "bearer":
        return False
    return constant_time_compare(given, token.get_secret_value())


def _is_near(request: HttpRequest) -> bool:
    """Whether the caller's own address is in one of the networks; behind a proxy the address is the proxy's, so no."""
    if any(header in request.headers for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP")):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in settings.VAULT.METRICS_NETWORKS)


class StatsView(APIView):
    """Figures of the host that Vault runs on."""

    @extend_schema(operation_id="stats_retrieve", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> HttpResponse:
        """The newest sample of the host. Sizes in bytes, rates in bytes a second, times in seconds, shares in percent.

        `status` is "warn" when the sample is older than three intervals (`age_s`, `stale_after`). What the platform
        does not tell is null and named in `absent`.
        """
        found = reads.latest_json()
        if found is None:
            raise Unavailable("This host has not been sampled yet. Start ./dj.sh sampler and try again.")
        status = "warn" if reads.is_stale(found.at) else "pass"
        etag = f'W/"{found.etag}-{status}"'
        if etag in parse_etags(request.headers.get("If-None-Match", "")):
            response: HttpResponse = HttpResponseNotModified()
        else:
            head = {"status": status, "age_s": round(max(0.0, time.time() - found.at), 1), "software": software()}
            body = json.dumps(head, separators=(",", ":"))[:-1].encode() + b"," + found.body[1:]
            response = HttpResponse(body, content_type="application/json")
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        return response
