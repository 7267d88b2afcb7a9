"""notion-client as Vault uses it: no retries and no console logger of its own, and bounds on what comes back."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterator
from functools import lru_cache

import httpx
from notion_client import Client

VERSION = "2025-09-03"
TIMEOUT_S = 60.0
"""Between two pieces of an answer: Notion itself gives up after 60 s."""
WHOLE_S = 180.0
"""For a whole answer, however steadily it trickles."""
MOST_BYTES = 64 * 1024 * 1024
quiet = logging.getLogger("domains.trace.notion.sdk")


class Bounded(httpx.SyncByteStream):
    """An answer's body that ends by an error when it is too long or takes too long."""

    def __init__(self, stream: httpx.SyncByteStream, whole_s: float) -> None:
        self.stream, self.until = stream, time.monotonic() + whole_s

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self.stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise httpx.RemoteProtocolError("The answer is longer than anything that Notion sends.")
            if time.monotonic() > self.until:
                raise httpx.ReadTimeout("The answer did not end.")
            yield chunk

    def close(self) -> None:
        """Let go of the connection."""
        self.stream.close()


@lru_cache
def certificates() -> ssl.SSLContext:
    """Whom to trust; reading it takes longer than most requests, and each step of an export makes a client."""
    return httpx.create_ssl_context()


def make_client(token: str, api_url: str, timeout_s: float, whole_s: float = WHOLE_S) -> Client:
    """A client for this token. `timeout_s` bounds connecting and each wait for data, `whole_s` a whole answer."""

    def bound(response: httpx.Response) -> None:
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = Bounded(response.stream, whole_s)

    http = httpx.Client(event_hooks={"response": [bound]}, verify=certificates())
    return Client(
        client=http,
        auth=token,
        base_url=api_url.rstrip("/"),
        timeout_ms=int(timeout_s * 1000),
        notion_version=VERSION,
        retry=False,
        logger=quiet,
        log_level=logging.CRITICAL,
    )
