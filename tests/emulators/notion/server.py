"""The emulator as a server on this machine."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.emulators.notion.answers import Answers
from tests.emulators.notion.faults import Faults
from tests.emulators.notion.limits import RateLimit
from tests.emulators.notion.truth import truth
from tests.emulators.notion.workspace import Workspace

TOKEN = "ntn_emulated_0123456789"


@dataclass(slots=True)
class Request:
    """A request that came, and what it was answered (0 when the connection was broken)."""

    at: float
    method: str
    path: str
    query: str
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0


class Server(ThreadingHTTPServer):
    """Threads that do not outlive the process, and a backlog for many clients."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news here."""


class NotionEmulator:
    """Notion's API at `url`, from a workspace. Use it in a `with`; see the package for how."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        port: int = 0,
        token: str = TOKEN,
        rate_limit: RateLimit | None = None,
        latency: float = 0.0,
    ) -> None:
        self.workspace, self.port, self.token = workspace, port, token
        self.rate_limit, self.latency = rate_limit, latency
        self.faults = Faults()
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self.answers = Answers(workspace, lambda: self.url)

    @property
    def url(self) -> str:
        """What NOTION_API_URL is to be."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def truth(self) -> dict[str, dict[str, dict[str, Any]]]:
        """What a complete export must say now; see `truth.py`."""
        return truth(self.workspace)

    @cached_property
    def server(self) -> Server:
        """The listening server."""
        from tests.emulators.notion.handler import Handler

        return Server(("127.0.0.1", self.port), type("Bound", (Handler,), {"emulator": self}))

    def start(self) -> Self:
        """Listen; the port is known afterwards."""
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True, name="notion").start()
        return self

    def stop(self) -> None:
        """Close the port and let go of requests that hang."""
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def came(self, part: str = "", method: str = "") -> list[Request]:
        """The requests whose path has this part."""
        return [r for r in list(self.requests) if part in r.path and r.method.startswith(method)]

    def forget(self) -> None:
        """Begin to count again."""
        self.requests.clear()

    def note(self, request: Request) -> None:
        """Remember a request."""
        self.requests.append(request)

    def pause(self, seconds: float) -> None:
        """Wait, unless the emulator stops."""
        if seconds > 0:
            self.stopping.wait(seconds)

    @property
    def clock(self) -> float:
        """The clock that requests are stamped with."""
        return time.monotonic()
