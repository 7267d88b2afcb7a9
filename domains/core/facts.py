"""What this installation is made of: interpreter, framework, database, cache, queue. Nothing secret."""

from __future__ import annotations

import platform
import time
from dataclasses import dataclass
from functools import cache

import django
from django.conf import settings
from django.core.cache import cache as kept
from redis.exceptions import RedisError

from domains.core.service import database_facts
from domains.orchestration import reads as runs

_started = time.time()


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `kind` says how `value` is to be shown: "text", "bytes", "seconds" or "count"; None is not known."""

    label: str
    value: str | float | None
    kind: str = "text"


def facts() -> dict[str, list[Fact]]:
    """The facts by group. A handful of small queries; ask through something that keeps the answer."""
    return {"Software": _software(), "Database": _database(), "Cache": _cache(), "Queue": _queue()}


@cache
def software() -> dict[str, str]:
    """What runs here, and in which version. Does not change while the process lives."""
    return {
        "vault": settings.VAULT_VERSION,
        "django": django.get_version(),
        "python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "environment": settings.VAULT.ENVIRONMENT + (", debug mode" if settings.DEBUG else ""),
    }


def _software() -> list[Fact]:
    return [
        *(Fact(name.capitalize(), value) for name, value in software().items()),
        Fact("Web process up for", time.time() - _started, "seconds"),
    ]


def _database() -> list[Fact]:
    product, size = database_facts()
    name = str(settings.DATABASES["default"]["NAME"])
    return [Fact("Product", product), Fact("Name", name.rsplit("/", 1)[-1]), Fact("Size", size, "bytes")]


def _cache() -> list[Fact]:
    backend = settings.CACHES["default"]["BACKEND"].rsplit(".", 1)[-1].removesuffix("Cache")
    start = time.perf_counter()
    try:
        kept.get("core:health")
        took = f"{(time.perf_counter() - start) * 1000:.2f} ms"
    except (OSError, RedisError):
        took = "no answer"
    return [
        Fact("Kept in", {"FileBased": "files", "Redis": "Redis"}.get(backend, backend)),
        Fact("One read takes", took),
    ]


def _queue() -> list[Fact]:
    return [
        Fact("Wakes workers by", "Redis" if "redis" in settings.Q_CLUSTER else "the database"),
        Fact("Runs waiting", runs.queue_depth(), "count"),
        Fact("Runs active", runs.active_count(), "count"),
        Fact("Workers", runs.live_worker_count(), "count"),
        Fact("Last heartbeat", runs.worker_heartbeat_age(), "seconds"),
    ]
