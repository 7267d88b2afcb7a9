"""Database, cache and queue: SQLite embedded, PostgreSQL and Redis by their URLs."""

from __future__ import annotations

import sys
from typing import Any

import dj_database_url

from vault_site.settings.vault_settings import VaultSettings

# Without IMMEDIATE a read-then-write transaction fails at once under WAL; without the long timeout an unlucky
# writer gives up while others still take turns.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA foreign_keys=ON;PRAGMA mmap_size=134217728;"
        "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-20000;PRAGMA temp_store=MEMORY;"
    ),
}
# macOS counts memory in bytes where others count in KiB.
RSS_UNIT = 1024 if sys.platform == "darwin" else 1
# A task lasts as long as a wake-up takes runs (1 min), the last run's slice (5 min) and its last step (10 min) do.
# django-q2's `retry` counts from the moment a task is taken from the queue, not from its start: it must outlast
# every task that can be waiting in the hands of a worker.
QUEUE = {
    "name": "vault",
    "bulk": 1,
    "poll": 0.1,
    "timeout": 1200,
    "retry": 3660,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "recycle": 200,
    "max_rss": 400_000 * RSS_UNIT,
    "guard_cycle": 1,
    "label": "Queue",
}


def database(vault: VaultSettings) -> dict[str, Any]:
    """Django's settings of the one database of this installation."""
    url = vault.DATABASE_URL or f"sqlite:///{vault.VAULT_HOME / 'vault.sqlite3'}"
    config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
    if config["ENGINE"].endswith("sqlite3"):
        pragmas = SQLITE_OPTIONS["init_command"] + f"PRAGMA synchronous={vault.SQLITE_SYNCHRONOUS};"
        config["ENGINE"] = "domains.base.sqlite3"
        config["OPTIONS"] = SQLITE_OPTIONS | {"init_command": pragmas}
        config["TEST"] = {"NAME": vault.VAULT_HOME / "test.sqlite3"}
    return config


def cache(vault: VaultSettings) -> dict[str, Any]:
    """Redis where it is configured, else files, because every process must see the same cache."""
    if vault.REDIS_URL:
        return {
            "BACKEND": "domains.base.cache.ForgivingRedisCache",
            "LOCATION": vault.REDIS_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    return {
        "BACKEND": "domains.base.cache.ForgivingFileCache",
        "LOCATION": vault.VAULT_HOME / "cache",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    }


def queue(vault: VaultSettings) -> dict[str, Any]:
    """django-q2 on the database, or on Redis where it is configured; with separate queues a cluster for each."""
    count = {"workers": vault.QUEUE_WORKERS, "queue_limit": vault.QUEUE_WORKERS}
    if vault.REDIS_URL:
        broker = {"redis": vault.REDIS_URL, "recycle": 500, "max_rss": 600_000 * RSS_UNIT}
    else:
        broker = {"orm": "default"}
    clusters = {"ALT_CLUSTERS": {"high": count, "bulk": count}} if vault.SEPARATE_QUEUES else {}
    return QUEUE | count | clusters | broker
