"""Asking a server on the loopback as fast as it answers, at little cost for the one who asks."""

from __future__ import annotations

import http.client
import socket
import time

CONNECTIONS, DEPTH, LARGE = 8, 8, 1 << 17


def get(port: int, path: str, *, etag: str = "", coding: str = "") -> tuple[int, list[tuple[str, str]], bytes]:
    """One answer: status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    for name, value in (("If-None-Match", etag), ("Accept-Encoding", coding)):
        if value:
            connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, answer.getheaders(), answer.read()
    connection.close()
    return found


class Asker:
    """Asks for one address on a few connections at once, small answers with the next requests already sent."""

    def __init__(self, port: int, path: str, etag: str, coding: str) -> None:
        known = f"If-None-Match: {etag}\r\n" if etag else ""
        accepted = f"Accept-Encoding: {coding}\r\n" if coding else ""
        self.request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{known}{accepted}\r\n".encode()
        self.sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        self.buffer = memoryview(bytearray(1 << 20))
        sizes = [self._size(304 if etag else 200) for _ in range(3)]
        self.size = sizes[-1]
        assert sizes[-2] == sizes[-1], "its answers are not all of one size"
        self.depth = 1 if self.size > LARGE else DEPTH

    def _size(self, status: int) -> int:
        """Bytes of one whole answer."""
        first = self.sockets[0]
        first.sendall(self.request)
        got = b""
        while b"\r\n\r\n" not in got:
            got += first.recv(1 << 16)
        head = got.partition(b"\r\n\r\n")[0]
        assert head.startswith(f"HTTP/1.1 {status} ".encode()), head
        lengths = [row.split(b":")[1] for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")]
        size = len(head) + 4 + (int(lengths[0]) if lengths and status == 200 else 0)
        self._drain(first, size - len(got))
        return size

    def ask(self, seconds: float) -> int:
        """Ask for so long; how many answers came."""
        count, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            for each in self.sockets:
                each.sendall(self.request * self.depth)
            for each in self.sockets:
                self._drain(each, self.size * self.depth)
            count += self.depth * len(self.sockets)
        return count

    def _drain(self, each: socket.socket, size: int) -> None:
        while size > 0:
            got = each.recv_into(self.buffer, min(size, len(self.buffer)))
            assert got, "the server has closed the connection"
            size -= got

    def close(self) -> None:
        """Close the connections."""
        for each in self.sockets:
            each.close()
