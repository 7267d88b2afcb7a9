"""An emulator as a server of many threads."""

from __future__ import annotations

import gzip
import json
import signal
import socket
import struct
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

from tests.emulators.serving.faults import BODIES, ENDLESS, HTML, Fault, Faults, bomb

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(slots=True)
class Request:
    """A request that came. Names of `headers` are in lower case; `status` is what it was answered, 0 for nothing."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    line: str = ""
    status: int = 0

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(status: int, data: object, headers: Mapping[str, str] | None = None) -> Reply:
    """JSON as an answer."""
    return Reply(status, json.dumps(data).encode(), {"Content-Type": JSON_TYPE, **(headers or {})})


class Emulator(ABC):
    """A service at `url`. Derive and answer; use it in a `with`. `latency` is what every answer takes, in seconds."""

    etags: ClassVar[bool] = False
    """Whether answers of 200 carry an ETag, and 304 is said to whoever has it."""

    def __init__(self, *, port: int = 0, latency: float = 0.0) -> None:
        self.port, self.latency = port, latency
        self.faults = Faults()
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """The answer when nothing goes wrong."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def server(self) -> ThreadingHTTPServer:
        """The listening server."""
        return _Server(("127.0.0.1", self.port), type("Bound", (_Handler,), {"emulator": self}))

    def __enter__(self) -> Self:
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def came(self, part: str = "", method: str = "") -> list[Request]:
        """The requests in whose line this part stands."""
        return [each for each in list(self.requests) if part in each.line and each.method.startswith(method)]

    def pause(self, seconds: float) -> None:
        """Wait, unless the emulator stops."""
        if seconds > 0:
            self.stopping.wait(seconds)

    def replied(self, request: Request) -> Reply:
        """The answer, as 304 where its content is known to whoever asks; compressed where that is wanted."""
        reply = self.answer(request)
        headers = dict(reply.headers)
        if self.etags and reply.status == 200 and request.method == "GET":
            headers["ETag"] = f'W/"{md5(reply.body, usedforsecurity=False).hexdigest()}"'
            if request.headers.get("if-none-match") == headers["ETag"]:
                return Reply(304, b"", headers)
        if reply.body and "gzip" in request.headers.get("accept-encoding", ""):
            return Reply(reply.status, gzip.compress(reply.body, 1), headers | {"Content-Encoding": "gzip"})
        return Reply(reply.status, reply.body, headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are no news here."""


class _Handler(BaseHTTPRequestHandler):
    emulator: ClassVar[Emulator]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept in `emulator.requests`."""

    def do_GET(self) -> None:
        self.serve()

    def do_POST(self) -> None:
        self.serve()

    def serve(self) -> None:
        """Answer one request, and count how many are under way."""
        emulator, parts = self.emulator, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        line = f"{self.command} {self.path}"
        request = Request(time.monotonic(), self.command, parts.path, query, headers, body, line)
        with emulator.lock:
            emulator.requests.append(request)
            emulator.busy += 1
            emulator.most_busy = max(emulator.most_busy, emulator.busy)
        try:
            emulator.pause(emulator.latency)
            fault = emulator.faults.for_request(request.line)
            if fault is None or not self.go_wrong(fault, request):
                self.send(request, emulator.replied(request))
        finally:
            with emulator.lock:
                emulator.busy -= 1

    def go_wrong(self, fault: Fault, request: Request) -> bool:
        """Do what the fault says; False when the request is to be answered nevertheless."""
        if fault.kind == "call" and fault.action:
            fault.action()
            return False
        if fault.kind == "slow":
            self.emulator.pause(fault.seconds)
            return False
        special: dict[str, Callable[[Fault, Request], None]] = {
            "hang": self.hang,
            "reset": self.reset,
            "cut": self.cut,
            "trickle": self.trickle,
            "endless": self.endless,
        }
        if fault.kind in special:
            self.close_connection = True
            special[fault.kind](fault, request)
        else:
            self.send(request, reply_of(fault))
        return True

    def hang(self, fault: Fault, request: Request) -> None:
        self.emulator.pause(fault.seconds)

    def reset(self, fault: Fault, request: Request) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def cut(self, fault: Fault, request: Request) -> None:
        body = self.head_of_whole(request)
        self.wfile.write(body[: len(body) // 2])

    def trickle(self, fault: Fault, request: Request) -> None:
        for byte in self.head_of_whole(request):
            self.wfile.write(bytes([byte]))
            self.emulator.pause(fault.seconds)

    def endless(self, fault: Fault, request: Request) -> None:
        self.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nConnection: close\r\n\r\n[".encode())
        while not self.emulator.stopping.is_set():
            self.wfile.write(b"1," * ENDLESS)

    def head_of_whole(self, request: Request) -> bytes:
        """Send the head of the right answer; the body that it announces."""
        reply = self.emulator.answer(request)
        head = f"HTTP/1.1 {reply.status} OK\r\nContent-Type: {JSON_TYPE}\r\nContent-Length: {len(reply.body)}\r\n\r\n"
        self.wfile.write(head.encode())
        return reply.body

    def send(self, request: Request, reply: Reply) -> None:
        """Send head and body in one piece."""
        request.status = reply.status
        lines = {**reply.headers}
        if reply.status not in {204, 304}:
            lines["Content-Length"] = str(len(reply.body))
        head = f"HTTP/1.1 {reply.status} {self.responses.get(reply.status, ('Status',))[0]}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.wfile.write(head.encode("latin-1") + b"\r\n" + (b"" if reply.status in {204, 304} else reply.body))


def reply_of(fault: Fault) -> Reply:
    """What a fault answers that is an answer."""
    if fault.kind == "redirect":
        return Reply(302, b"", {"Location": fault.location, **fault.headers})
    if fault.kind == "bomb":
        return Reply(200, bomb(), {"Content-Type": JSON_TYPE, "Content-Encoding": "gzip"})
    if fault.kind == "body" or fault.kind in BODIES:
        body = fault.body or BODIES.get(fault.kind, b"")
        return Reply(200, body, {"Content-Type": "text/html" if fault.kind == "html" else JSON_TYPE, **fault.headers})
    status = int(fault.kind)
    page = HTML % (status, status) if status in {502, 503} else b'{"message": "Emulated."}'
    return Reply(status, fault.body or page, {"Content-Type": "text/html", **fault.headers})


def serve_until_stopped(emulator: Emulator, lines: list[str]) -> None:
    """Serve as a process of its own until SIGINT or SIGTERM; what to enter in Vault is printed first."""
    with emulator:
        print("\n".join([f"Address: {emulator.url}", *lines]), flush=True)  # noqa: T201
        signal.signal(signal.SIGTERM, lambda *_: emulator.stopping.set())
        signal.signal(signal.SIGINT, lambda *_: emulator.stopping.set())
        emulator.stopping.wait()
