"""What Vault knows about the connection to Notion: settings of the environment, else what staff have entered."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from domains.orchestration.exceptions import ContextLost
from domains.orchestration.secrets import Secret
from domains.trace.rules import KINDS
from domains.trace.service import connections

ENVIRONMENT, PAGE = "environment", "page"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The token, where each kind is, and the kinds whose pages are read too ("" and empty for what is not given).

    `origins` says by name ("token", "content" or a kind) who has given it: the environment or the page. `is_locked`: a
    token is stored, but no key of today decrypts it.
    """

    token: str
    databases: dict[str, str]
    content: tuple[str, ...]
    origins: dict[str, str]
    api_url: str
    rate: float
    is_locked: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether exports are to read from Notion: there is a token and a place for every kind."""
        return bool(self.token or self.is_locked) and all(self.databases[kind] for kind in KINDS)


def configuration() -> Configuration:
    """What holds now. The environment wins, name by name."""
    vault, row = settings.VAULT, connections.find()
    token = vault.NOTION_TOKEN.get_secret_value() if vault.NOTION_TOKEN else ""
    stored, is_locked = ("", False) if token or row is None else _decrypted(row.token)
    given = {kind: getattr(vault, f"NOTION_{kind.upper()}") for kind in KINDS}
    entered = {kind: row.databases.get(kind, "") if row else "" for kind in KINDS}
    origins = {kind: ENVIRONMENT if given[kind] else PAGE for kind in KINDS if given[kind] or entered[kind]}
    if token or (row and row.token):
        origins["token"] = ENVIRONMENT if token else PAGE
    content, content_from = _content(row.content if row else None)
    return Configuration(
        token=token or stored,
        databases={kind: given[kind] or entered[kind] for kind in KINDS},
        content=content,
        origins=origins | content_from,
        api_url=vault.NOTION_API_URL,
        rate=vault.NOTION_REQUESTS_PER_SECOND,
        is_locked=is_locked,
    )


def _decrypted(stored: str) -> tuple[str, bool]:
    """The stored token, and whether there is one that cannot be read."""
    try:
        return (Secret.of_token(stored).reveal() if stored else ""), False
    except ContextLost:
        return "", True


def _content(entered: list[str] | None) -> tuple[tuple[str, ...], dict[str, str]]:
    given = settings.VAULT.NOTION_CONTENT
    if given is not None:
        return tuple(given), {"content": ENVIRONMENT}
    return tuple(entered or ()), {} if entered is None else {"content": PAGE}
