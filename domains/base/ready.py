"""Answers that are ready before anybody asks: in the cache, the same bytes for every viewer."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache

KEPT = 24 * 3600
VERSION = 2
"""Part of every key: raise it when the shape of what is kept changes."""


@dataclass(frozen=True, slots=True)
class ReadyBytes:
    """Bytes with their ETag (unquoted) and the time their figures were taken, in Unix seconds."""

    body: bytes
    etag: str
    at: float


def made(body: bytes, at: float) -> ReadyBytes:
    """The bytes with their strong ETag."""
    return ReadyBytes(body, hashlib.sha256(body).hexdigest()[:32], at)


def shared(name: str, seconds: float, build: Callable[[], bytes]) -> ReadyBytes:
    """Bytes built once in that many seconds for all viewers.

    While one process builds anew, the others get what was there before.
    """
    key = f"ready:{VERSION}:{name}"
    found = cache.get(key)
    if isinstance(found, ReadyBytes) and (time.time() - found.at < seconds or not cache.add(f"{key}:building", 1, 5)):
        return found
    fresh = made(build(), time.time())
    cache.set(key, fresh, KEPT)
    cache.delete(f"{key}:building")
    return fresh
