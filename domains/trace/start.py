"""What pages start of Trace beside `domains.orchestration.start`, where a secret is at stake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now
from domains.trace.service import connections


def connect(*, actor: Any, token: str | None, databases: dict[str, str], content: Sequence[str] | None) -> None:
    """Save the connection to Notion. `token` None leaves it as it is, "" forgets it. Raises ValidationFailed."""
    secret = None if token is None else Secret(token)
    chosen = None if content is None else list(content)
    run_now("trace", "connect", actor=actor, token=secret, databases=databases, content=chosen)


def show_webhook(*, actor: Any) -> str:
    """The verification token of Notion's webhook, shown once. Raises Conflict when it was, or when there is none."""
    run_now("trace", "show_webhook", actor=actor)
    return Secret.of_token(connections.get().webhook_token).reveal()
