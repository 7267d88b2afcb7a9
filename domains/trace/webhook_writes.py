"""The steps about Notion's webhook: its subscription, and the export that an event brings forward."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from domains.base.errors import Conflict, Unavailable
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.secrets import Secret
from domains.orchestration.start import start
from domains.trace import reads
from domains.trace.connection_writes import record
from domains.trace.service import connections


class NotYet(Unavailable):
    """The export begins a little later."""

    code = "trace_not_yet"


@context_manager()
def accept_webhook(orchestrator: MainOrchestrator, token: Secret) -> None:
    """Keep a verification token that Notion has sent, unless the one before is in use."""
    row = connections.only()
    if row.webhook_confirmed:
        raise Conflict("There is a subscription already. Forget it on the page Connection first.")
    before = bool(row.webhook_token)
    connections.update(row, webhook_token=token.token, webhook_shown=False, webhook_last=timezone.now())
    record("webhook_offered", {"token": before}, {"token": True})


@context_manager()
def note_webhook_shown(orchestrator: MainOrchestrator) -> None:
    """The verification token is shown to whoever asks, once."""
    row = connections.only()
    if not row.webhook_token or row.webhook_shown:
        raise Conflict("There is no verification token to show. Let Notion send a new one.")
    connections.update(row, webhook_shown=True)
    record("webhook_shown", {"shown": False}, {"shown": True})


@context_manager()
def forget_webhook(orchestrator: MainOrchestrator) -> None:
    """Forget the subscription: the next verification token counts again."""
    row = connections.only()
    before = {"token": bool(row.webhook_token), "confirmed": bool(row.webhook_confirmed)}
    connections.update(row, webhook_token="", webhook_shown=False, webhook_confirmed=None, webhook_last=None)
    record("webhook_forgotten", before, {"token": False, "confirmed": False})
    orchestrator.set_context_value("result", {"message": "Vault waits for a new verification token."})


@context_manager()
def note_event(orchestrator: MainOrchestrator) -> None:
    """Notion has sent an event that it has signed with the token, so the subscription is in use."""
    row, now = connections.only(), timezone.now()
    if not row.webhook_confirmed:
        record("webhook_confirmed", {"confirmed": False}, {"confirmed": True})
    connections.update(row, webhook_last=now, webhook_confirmed=row.webhook_confirmed or now)


@context_manager()
def start_export(orchestrator: MainOrchestrator, not_before: str) -> None:
    """Start an export once events have been gathered for a moment and no other export is under way.

    An export that is under way may have read already what the event is about, so it is waited for.
    """
    if timezone.now() < datetime.fromisoformat(not_before):
        raise NotYet("Further events are waited for, so that one export serves them all.")
    if reads.export_under_way(orchestrator.run_uuid):
        raise NotYet("An export is under way; the next one begins when it is over.")
    info = start("trace", "export", key=reads.EXPORT_KEY)
    orchestrator.set_context_value("result", {"message": "An export has begun.", "export": str(info.uuid)})
