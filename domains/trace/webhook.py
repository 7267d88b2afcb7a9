"""Notion's webhook: events only bring the next export forward. Nothing depends on them."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from domains.base.ambient import ambient
from domains.base.api import problem
from domains.base.errors import NotAuthenticated, RateLimited, ValidationFailed, VaultError
from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now, start
from domains.trace.connection import webhook_token
from domains.trace.service import connections

MOST_BYTES = 256 * 1024
GATHER = timedelta(seconds=15)
BETWEEN_OFFERS = timedelta(seconds=10)
KEY = "trace.follow_notion"
CONTENT = ("page.", "data_source.", "database.")
"""Beginnings of the types of events after which an export may find something new; all others are answered only."""


def signature(body: bytes, token: str) -> str:
    """What X-Notion-Signature holds for this body."""
    return "sha256=" + hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take an event, or the verification token of a new subscription; 200 whatever the event is about."""
    try:
        with ambient(actor_name="Notion"):
            _take(_body(request), request.headers.get("X-Notion-Signature", ""))
    except VaultError as error:
        return problem(error, request)
    return HttpResponse(status=200)


def _take(body: bytes, signed: str) -> None:
    if signed:
        _check(body, signed)
        _follow(str(_parsed(body).get("type") or ""))
    else:
        _take_offer(_parsed(body))


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > MOST_BYTES:
        raise ValidationFailed("An event of Notion is smaller than this, and says how long it is.")
    return request.body


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ValidationFailed("The body is no JSON.") from error
    if not isinstance(found, dict):
        raise ValidationFailed("The body is no JSON object.")
    return found


def _check(body: bytes, signed: str) -> None:
    """Raises NotAuthenticated unless the raw bytes are signed with the token of the subscription."""
    token = webhook_token()
    if not token or not hmac.compare_digest(signed.encode(), signature(body, token).encode()):
        raise NotAuthenticated("The signature does not fit.")


def _follow(kind: str) -> None:
    """Bring the next export forward; events of the same moment share it."""
    if kind.startswith(CONTENT):
        start("trace", "follow_notion", key=KEY, not_before=(timezone.now() + GATHER).isoformat())


def _take_offer(message: dict[str, Any]) -> None:
    """Keep the verification token of a new subscription for staff, who paste it into Notion."""
    token, row = message.get("verification_token"), connections.find()
    if not isinstance(token, str) or not 8 <= len(token) <= 500:
        raise NotAuthenticated("There is no signature.")
    if row and row.webhook_last and timezone.now() - row.webhook_last < BETWEEN_OFFERS:
        raise RateLimited("A verification token came just now.")
    run_now("trace", "accept_webhook", token=Secret(token))
