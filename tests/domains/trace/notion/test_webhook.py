"""Notion's webhook: signed events bring the next export forward, and nothing else does anything."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from domains.audit.reads import event_list
from domains.base.errors import Conflict
from domains.orchestration.reads import run_list
from domains.orchestration.secrets import Secret
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from domains.trace import connection, webhook
from domains.trace.connection_reads import webhook as webhook_of
from domains.trace.reads import EXPORT_KEY
from domains.trace.service import connections
from domains.trace.webhook import GATHER, MOST_BYTES, signature
from tests.domains.trace.place import Place

URL = "/trace/webhooks/notion/"
TOKEN = "secret_webhook_token_1"
EVENT = {"id": "1", "type": "page.properties_updated", "entity": {"id": "x", "type": "page"}, "attempt_number": 1}
pytestmark = pytest.mark.django_db


def post(body: Any, signed_with: str = "", **headers: str) -> int:
    """Send a body as Notion does; the status."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    if signed_with:
        headers["X-Notion-Signature"] = signature(data, signed_with)
    client = Client(enforce_csrf_checks=True)
    return client.post(URL, data, content_type="application/json", headers=headers).status_code


def followers() -> int:
    """Runs that wait to start an export."""
    return run_list().filter(method="follow_notion").count()


@pytest.fixture
def subscribed(db: None) -> None:
    """A subscription whose token is known."""
    run_now("trace", "accept_webhook", token=Secret(TOKEN))


def test_the_signature_is_an_hmac_of_the_raw_body() -> None:
    # RFC 4231, test case 2.
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature(b"what do ya want for nothing?", "Jefe") == f"sha256={expected}"


def test_a_verification_token_is_kept_encrypted_and_shown_once(admin: Any) -> None:
    assert post({"verification_token": TOKEN}) == 200
    assert TOKEN not in str([*connections.all().values(), *run_list().values()])
    assert (webhook_of().state, webhook_of().confirmed) == ("offered", None)
    run_now("trace", "show_webhook", actor=admin)
    assert connection.webhook_token() == TOKEN
    with pytest.raises(Conflict):
        run_now("trace", "show_webhook", actor=admin)
    assert webhook_of().state == "shown"


def later() -> None:
    """As if the pause of a run that waits were over, and a worker came by."""
    waiting = run_list().filter(method="follow_notion", state="waiting").get()
    assert runs.queue_waiting(waiting.pk)
    run_queued()


def exports() -> int:
    """Exports that were started."""
    return run_list().filter(method="export").count()


def test_a_signed_event_starts_one_export_however_many_there_are(subscribed: None, place: Place) -> None:
    for _ in range(5):
        assert post(EVENT, TOKEN) == 200
    run_queued()
    assert (followers(), exports()) == (1, 0)
    with time_machine.travel(timezone.now() + GATHER, tick=False):
        later()
    assert exports() == 1
    assert run_list().get(method="follow_notion").state == "success"
    assert webhook_of().state == "confirmed"


def test_an_event_during_an_export_starts_another_one_after_it(
    subscribed: None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "GATHER", timedelta(0))
    busy = run_list().filter(uuid=start("trace", "export", key=EXPORT_KEY).uuid)
    busy.update(state="running", cursor=1)
    post(EVENT, TOKEN)
    run_queued()
    assert exports() == 1
    busy.update(state="success")
    later()
    assert exports() == 2


@pytest.mark.parametrize("kind", ["comment.created", "view.updated", "somebody.invented_this", ""])
def test_events_about_other_things_are_answered_only(kind: str, subscribed: None) -> None:
    assert post(EVENT | {"type": kind}, TOKEN) == 200
    assert followers() == 0


@pytest.mark.parametrize("kind", ["page.created", "page.deleted", "data_source.schema_updated", "database.moved"])
def test_events_about_content_bring_the_export_forward(kind: str, subscribed: None) -> None:
    assert post(EVENT | {"type": kind}, TOKEN) == 200
    assert followers() == 1


def test_a_wrong_signature_does_nothing(subscribed: None) -> None:
    assert post(EVENT, "another token") == 401
    assert post(EVENT, **{"X-Notion-Signature": "sha256="}) == 401
    assert post(EVENT, **{"X-Notion-Signature": "ü"}) == 401
    assert post(EVENT) == 401
    assert followers() == 0


def test_the_signature_is_over_the_bytes_as_they_came(subscribed: None) -> None:
    spaced = json.dumps(EVENT, indent=3).encode()
    assert post(spaced, TOKEN) == 200
    headers = {"X-Notion-Signature": signature(json.dumps(EVENT).encode(), TOKEN)}
    assert post(spaced, **headers) == 401


def test_without_a_subscription_no_signature_fits() -> None:
    assert post(EVENT, "x") == 401
    assert post(EVENT, **{"X-Notion-Signature": signature(json.dumps(EVENT).encode(), "")}) == 401


def test_a_subscription_in_use_is_not_taken_over(subscribed: None) -> None:
    post(EVENT, TOKEN)
    run_queued()
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert post({"verification_token": "an intruder's"}) == 409
    assert connection.webhook_token() == TOKEN


def test_a_forgotten_subscription_lets_a_new_one_in(subscribed: None, admin: Any) -> None:
    post(EVENT, TOKEN)
    run_queued()
    run_now("trace", "forget_webhook", actor=admin)
    assert post(EVENT, TOKEN) == 401
    assert post({"verification_token": "the next one"}) == 200
    assert connection.webhook_token() == "the next one"
    said = list(event_list().filter(action__startswith="trace.connection").values_list("action", flat=True))
    assert sorted(name.rpartition(".")[2] for name in said) == [
        "webhook_confirmed",
        "webhook_forgotten",
        "webhook_offered",
        "webhook_offered",
    ]


def test_offers_come_one_at_a_time() -> None:
    assert post({"verification_token": TOKEN}) == 200
    assert post({"verification_token": "right after it"}) == 429
    assert connection.webhook_token() == TOKEN


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 5000, b"\xff"])
def test_what_is_no_event_is_refused(body: bytes, subscribed: None) -> None:
    assert post(body) == 400
    assert post(body, TOKEN) in {400, 401}


@pytest.mark.parametrize("token", ["", 7, None, "short", "x" * 501])
def test_what_is_no_token_is_refused(token: Any) -> None:
    assert post({"verification_token": token}) == 401


def test_a_body_that_is_too_long_is_refused(subscribed: None) -> None:
    assert post(EVENT | {"more": "x" * MOST_BYTES}, TOKEN) == 400


def test_other_methods_are_refused(client: Client) -> None:
    assert client.get(URL).status_code == 405
