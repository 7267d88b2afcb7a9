"""What can go wrong with an HTTP service, on demand."""

from __future__ import annotations

import gzip
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

HTML = b"<!DOCTYPE html><html><head><title>%d</title></head><body><h1>%d</h1></body></html>"
BODIES = {
    "empty": b"",
    "broken": b'{"data":[{"id":',
    "deep": b"[" * 100_000,
    "nan": b'{"value": NaN}',
    "list": b"[1, 2, 3]",
    "object": b'{"unexpected": true}',
    "html": HTML % (200, 200),
}
ENDLESS = 1 << 16


@dataclass
class Fault:
    """One thing that goes wrong with requests whose "METHOD /path?query" matches.

    `kind`: a status as text ("403", "429", "500" …, with `headers` and `body`; 502 and 503 as HTML without a body of
    their own), "redirect" (302 to `location`), or one of: "hang" (no answer for `seconds`), "slow" (the answer comes
    after `seconds`), "reset" (the connection is reset), "cut" (half of the body), "trickle" (byte by byte, `seconds`
    between), "endless" (a body that does not end), "bomb" (gzip of 200 MB in 200 KB), "call" (`action` is called, then
    the request is answered as ever); or a name of BODIES (that body with status 200), "body" (200 with `body`).
    The first `after` matches are spared, then `times` of them go wrong (None: all).
    """

    kind: str
    match: str = ""
    times: int | None = 1
    after: int = 0
    seconds: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    location: str = ""
    action: Callable[[], Any] | None = None
    seen: int = 0
    done: int = 0

    def takes(self, line: str) -> bool:
        """Whether this request is one that goes wrong; counts it."""
        if not re.search(self.match, line):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.times is not None and self.done >= self.times):
            return False
        self.done += 1
        return True


@dataclass
class Faults:
    """The faults that are in force."""

    listed: list[Fault] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def add(self, kind: str, match: str = "", **options: Any) -> Fault:
        """Put a fault in force; see `Fault`."""
        fault = Fault(kind, match, **options)
        with self.lock:
            self.listed.append(fault)
        return fault

    def clear(self) -> None:
        """All is well from now on."""
        with self.lock:
            self.listed.clear()

    def for_request(self, line: str) -> Fault | None:
        """The first fault that takes this request."""
        with self.lock:
            return next((fault for fault in self.listed if fault.takes(line)), None)


@cache
def bomb() -> bytes:
    """Gzip that unpacks to 200 MB of blanks."""
    return gzip.compress(b" " * 200_000_000, compresslevel=9, mtime=0)
