"""One connection: reads requests, lets faults have their way, writes answers."""

from __future__ import annotations

import json
import socket
import struct
import uuid
from http.server import BaseHTTPRequestHandler
from typing import ClassVar
from urllib.parse import unquote, urlsplit

from tests.emulators.notion.answers import error
from tests.emulators.notion.faults import HTML_502, STATUSES, Fault
from tests.emulators.notion.server import NotionEmulator, Request

JSON_TYPE = "application/json; charset=utf-8"
BODIES = {"empty": b"", "broken": b'{"object":"list","results":[{', "body": b""}
Headers = dict[str, str]


class Handler(BaseHTTPRequestHandler):
    """Answers for one emulator."""

    emulator: ClassVar[NotionEmulator]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept in `emulator.requests`."""

    def do_GET(self) -> None:
        """Reads."""
        self.serve()

    def do_POST(self) -> None:
        """Queries."""
        self.serve()

    def serve(self) -> None:
        """Answer one request."""
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.emulator.clock, self.command, parts.path, parts.query, {}, dict(self.headers))
        self.emulator.note(request)
        self.emulator.pause(self.emulator.latency)
        try:
            request.body = json.loads(raw) if raw else {}
        except ValueError:
            self.give(request, *error(400, "invalid_json", "Error parsing JSON body."))
            return
        has_cursor = "start_cursor" in request.body or "start_cursor=" in parts.query
        fault = self.emulator.faults.for_request(f"{request.method} {request.path}", has_cursor)
        if fault is None or not self.go_wrong(fault, request):
            self.answer(request)

    def answer(self, request: Request) -> None:
        """The answer when nothing goes wrong."""
        if request.path.startswith("/files/"):
            self.give_file(request)
        elif refused := self.refusal(request):
            status, body, headers = refused
            self.give(request, status, body, headers)
        else:
            self.give(request, *self.emulator.answers.answer(request.method, request.path, request.query, request.body))

    def refusal(self, request: Request) -> tuple[int, dict[str, object], Headers] | None:
        """What every request to the API is checked for."""
        if request.headers.get("Authorization") != f"Bearer {self.emulator.token}":
            return (*error(401, "unauthorized", "API token is invalid."), {})
        if "Notion-Version" not in request.headers:
            return (*error(400, "missing_version", "Notion-Version header should be defined."), {})
        limit = self.emulator.rate_limit
        if limit and (seconds := limit.wait()):
            message = "You have been rate limited. Please try again in a few minutes."
            return (*error(429, "rate_limited", message), {"Retry-After": str(seconds)})
        return None

    def go_wrong(self, fault: Fault, request: Request) -> bool:
        """Do what the fault says; False when the request is to be answered nevertheless."""
        if fault.kind == "call" and fault.action:
            fault.action()
            return False
        if fault.kind == "slow":
            self.emulator.pause(fault.seconds)
            return False
        if fault.kind in {"hang", "reset", "cut", "trickle"}:
            self.break_off(fault, request)
        elif fault.kind in BODIES:
            self.send(request, 200, BODIES[fault.kind] or fault.body, JSON_TYPE, {})
        elif fault.kind == "502":
            self.send(request, 502, HTML_502, "text/html", {})
        elif fault.kind == "cursor":
            cursor = request.body.get("start_cursor", "")
            self.give(request, *error(400, "validation_error", f"The start_cursor provided is invalid: {cursor}"))
        else:
            self.refuse(fault, request)
        return True

    def refuse(self, fault: Fault, request: Request) -> None:
        """An error with a status."""
        status = int(fault.kind)
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        self.give(request, *error(status, STATUSES[status], f"Emulated {STATUSES[status]}."), headers)

    def break_off(self, fault: Fault, request: Request) -> None:
        """End the connection without an answer, or in the middle of one."""
        self.close_connection = True
        if fault.kind == "hang":
            self.emulator.pause(fault.seconds)
        elif fault.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.begin(fault, request)

    def begin(self, fault: Fault, request: Request) -> None:
        """Send the head and a half of the body, or all of it very slowly."""
        status, body = self.emulator.answers.answer(request.method, request.path, request.query, request.body)
        data = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: {JSON_TYPE}\r\nContent-Length: {len(data)}\r\n\r\n"
        if fault.kind == "cut":
            self.wfile.write(head.encode() + data[: len(data) // 2])
            return
        self.wfile.write(head.encode())
        for byte in data:
            self.wfile.write(bytes([byte]))
            self.emulator.pause(fault.seconds)

    def give_file(self, request: Request) -> None:
        """A file, when its address is good and no token came with it."""
        name = unquote(request.path.removeprefix("/files/"))
        file = self.emulator.workspace.files.get(name)
        if "Authorization" in request.headers:
            self.send(request, 400, b"<Error><Code>InvalidArgument</Code></Error>", "application/xml", {})
        elif file is None or not self.emulator.answers.signed(name, request.query):
            self.send(request, 403, b"<Error><Code>AccessDenied</Code></Error>", "application/xml", {})
        else:
            self.send(request, 200, file.data, file.content_type, {})

    def give(self, request: Request, status: int, body: dict[str, object], headers: Headers | None = None) -> None:
        """Send an object as JSON."""
        data = json.dumps(body | {"request_id": str(uuid.uuid4())}).encode()
        self.send(request, status, data, JSON_TYPE, headers or {})

    def send(self, request: Request, status: int, data: bytes, content_type: str, headers: Headers) -> None:
        """Send head and body in one piece."""
        request.status = status
        lines = {"Content-Type": content_type, "Content-Length": str(len(data)), **headers}
        head = f"HTTP/1.1 {status} {self.responses.get(status, ('',))[0]}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.wfile.write(head.encode() + b"\r\n" + data)
