"""Questions about the connection to Notion that pages ask; none of the answers holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domains.trace import clients
from domains.trace.connection import ConnectionReport, KindReport, PropertyReport, stored_report
from domains.trace.notion.config import ENVIRONMENT, configuration
from domains.trace.service import connections
from domains.trace.sources.notion import NotionWorkspace

__all__ = [
    "ConnectionReport",
    "Entered",
    "KindReport",
    "PropertyReport",
    "Webhook",
    "entered",
    "stored_report",
    "webhook",
]


@dataclass(frozen=True, slots=True)
class Entered:
    """What holds now: databases by kind, the kinds whose content is read, and `fixed`, the names that the environment
    gives, which cannot be changed on a page. `reads_notion` tells whether exports read Notion.
    """

    has_token: bool
    databases: Mapping[str, str]
    content: tuple[str, ...]
    fixed: frozenset[str]
    is_complete: bool
    reads_notion: bool


@dataclass(frozen=True, slots=True)
class Webhook:
    """`state` is "none", "offered" (a token waits to be shown), "shown" or "confirmed"."""

    state: str
    confirmed: datetime | None = None
    last: datetime | None = None


def entered() -> Entered:
    """The connection as it is configured."""
    found = configuration()
    fixed = frozenset(name for name, origin in found.origins.items() if origin == ENVIRONMENT)
    reads_notion = isinstance(clients.configured_source(), NotionWorkspace)
    return Entered(bool(found.token), found.databases, found.content, fixed, found.is_complete, reads_notion)


def webhook() -> Webhook:
    """How far the subscription to Notion's events has come."""
    row = connections.find()
    if row is None or not row.webhook_token:
        return Webhook("none")
    state = "confirmed" if row.webhook_confirmed else "shown" if row.webhook_shown else "offered"
    return Webhook(state, row.webhook_confirmed, row.webhook_last)
