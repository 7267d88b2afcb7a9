"""System checks of what Vault stands on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning


def sqlite_options(**_: Any) -> list[CheckMessage]:
    """SQLite without WAL and IMMEDIATE loses writes to "database is locked" as soon as two processes write."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    options = database.get("OPTIONS", {})
    if options.get("transaction_mode") == "IMMEDIATE" and "journal_mode=WAL" in options.get("init_command", ""):
        return []
    return [Error("SQLite must run with transaction_mode IMMEDIATE and journal_mode WAL.", id="vault.E001")]


def shared_cache(**_: Any) -> list[CheckMessage]:
    """A cache in the memory of one process hides the sampler's figures from the web server."""
    backend = settings.CACHES["default"]["BACKEND"]
    if backend.endswith(("LocMemCache", "DummyCache")):
        return [Warning(f"{backend} is not shared between processes.", id="vault.W001")]
    return []
