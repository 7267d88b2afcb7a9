"""A service on loopback that does what it is asked once for each Idempotency-Key, and counts how often it was asked."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "Idempotency-Key"


class Service(ThreadingHTTPServer):
    """`calls` counts the requests of each (path, key); `done` holds the paths in order, each (path, key) once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.calls: Counter[tuple[str, str]] = Counter()
        self.done: list[tuple[str, str]] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def do(self, path: str, key: str) -> None:
        """One request."""
        with self.lock:
            if not self.calls[path, key]:
                self.done.append((path, key))
            self.calls[path, key] += 1

    def forget(self) -> None:
        """As if nobody had ever asked."""
        with self.lock:
            self.calls.clear()
            self.done.clear()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that die in the middle of a request are what this is for."""


class Handler(BaseHTTPRequestHandler):
    """POST does, GET asks whether it was done."""

    server: Service

    def do_POST(self) -> None:
        """Do what the path says, once for its key."""
        self.server.do(self.path, self.headers[KEY])
        self._answer({"done": True})

    def do_GET(self) -> None:
        """Whether the path was done with this key."""
        with self.server.lock:
            done = self.server.calls[self.path, self.headers[KEY]] > 0
        self._answer({"done": done})

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _answer(self, body: dict[str, bool]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def serving() -> Iterator[Service]:
    """A service that runs in a thread."""
    service = Service()
    threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield service
    finally:
        service.shutdown()
        service.server_close()


def ask(method: str, port: int, path: str, key: str) -> bool:
    """POST or GET; what the service answers. Raises OSError when it does not."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        client.request(method, path, headers={KEY: key})
        return bool(json.loads(client.getresponse().read())["done"])
    finally:
        client.close()
