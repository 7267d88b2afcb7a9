"""What can go wrong, on demand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STATUSES = {
    400: "validation_error",
    401: "unauthorized",
    403: "restricted_resource",
    404: "object_not_found",
    409: "conflict_error",
    429: "rate_limited",
    500: "internal_server_error",
    503: "service_unavailable",
    504: "gateway_timeout",
    529: "service_overload",
}
HTML_502 = b"<html><head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"


@dataclass
class Fault:
    """One thing that goes wrong with requests whose "METHOD /path" matches.

    `kind`: an HTTP status as text ("429", "500", "502" as HTML, "503", "504", "409", "529", "401", "404"…), or
    "hang" (no answer for `seconds`), "slow" (the answer comes after `seconds`), "reset" (the connection is reset),
    "cut" (half of the body, then the end), "trickle" (the body byte by byte, `seconds` between), "empty" and "broken"
    (200 without JSON), "body" (200 with `body`), "cursor" (the start_cursor is
    refused; requests without one do not count), "call" (`action` is called, then the request is answered as ever).
    The first `after` matches are spared, then `times` of them go wrong (None: all).
    """

    kind: str
    match: str = ""
    times: int | None = 1
    after: int = 0
    retry_after: str | None = None
    seconds: float = 30.0
    body: bytes = b""
    action: Callable[[], Any] | None = None
    seen: int = 0
    done: int = 0

    def takes(self, line: str, has_cursor: bool) -> bool:
        """Whether this request is one that goes wrong; counts it."""
        if not re.search(self.match, line) or (self.kind == "cursor" and not has_cursor):
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

    def add(self, kind: str, match: str = "/query", **options: Any) -> Fault:
        """Put a fault in force; see `Fault`."""
        fault = Fault(kind, match, **options)
        with self.lock:
            self.listed.append(fault)
        return fault

    def clear(self) -> None:
        """All is well from now on."""
        with self.lock:
            self.listed.clear()

    def for_request(self, line: str, has_cursor: bool) -> Fault | None:
        """The first fault that takes this request."""
        with self.lock:
            return next((fault for fault in self.listed if fault.takes(line, has_cursor)), None)
