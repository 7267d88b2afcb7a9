"""Answers that are kept, to ask for them again only if they have changed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

MOST_BYTES = 500_000
"""Larger answers, once compressed, are asked for anew each time."""
HEADERS = ("content-type", "link")


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept; `body` is compressed, `at` when it was last good."""

    etag: str
    last_modified: str
    headers: Mapping[str, str]
    body: bytes
    at: datetime

    def conditions(self) -> dict[str, str]:
        """The headers that ask whether it has changed."""
        asked = {"if-none-match": self.etag, "if-modified-since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


class Keep(Protocol):
    """Where answers of one source are kept, by address. Called in the event loop, so it must not ask a database."""

    def find(self, address: str) -> Kept | None:
        """The answer that is kept."""
        ...

    def store(self, address: str, kept: Kept) -> None:
        """Keep it in the place of an older one."""
        ...


@dataclass(slots=True)
class MemoryKeep:
    """Answers in memory: those that were kept before, and in `fresh` those that have come or were confirmed since."""

    answers: dict[str, Kept] = field(default_factory=dict)
    fresh: dict[str, Kept] = field(default_factory=dict)

    def find(self, address: str) -> Kept | None:
        """The newest one."""
        return self.fresh.get(address) or self.answers.get(address)

    def store(self, address: str, kept: Kept) -> None:
        """Remember it as fresh."""
        self.fresh[address] = kept


def kept_of(headers: Mapping[str, str], body: bytes, at: datetime) -> Kept | None:
    """The answer to keep; None when its source gives nothing to ask by, forbids it, or it is too large."""
    etag, modified = headers.get("etag", "")[:300], headers.get("last-modified", "")[:100]
    if not (etag or modified) or "no-store" in headers.get("cache-control", "").lower():
        return None
    packed = zlib.compress(body, 6)
    some = {name: headers[name] for name in HEADERS if name in headers}
    return Kept(etag, modified, some, packed, at) if len(packed) <= MOST_BYTES else None


def body_of(kept: Kept) -> bytes:
    """The body as it came."""
    return zlib.decompress(kept.body)
