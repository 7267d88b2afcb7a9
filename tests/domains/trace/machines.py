"""Machines that serve readers: real web servers on the test's database, each with files of its own."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.domains.orchestration.processes import PROJECT, environment

PATIENCE_S = 120.0


@dataclass(frozen=True)
class Got:
    """An answer to a reader."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


class Machine:
    """A web server with a number of processes; `with` starts it and ends it."""

    def __init__(self, home: Path, *, data: Path | None = None, workers: int = 2) -> None:
        self.home, self.data, self.workers = home, data or home / "data", workers
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Machine:
        self.home.mkdir(parents=True, exist_ok=True)
        command = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--workers", str(self.workers), "--workers-kill-timeout", "20"]
        command += ["--respawn-failed-workers", "--respawn-interval", "0.1"]
        command += ["--blocking-threads", "4", "--no-ws", "vault_site.wsgi:application"]
        env = environment(VAULT_HOME=str(self.home), VAULT_DATA_ROOT=str(self.data), LOG_LEVEL="ERROR")
        with (self.home / "web.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=PROJECT, env=env, stdout=log, stderr=subprocess.STDOUT
            )
        wait_until(self.is_up)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.process is not None
        self.process.terminate()
        self.process.wait(timeout=60)

    def is_up(self) -> bool:
        """Whether it accepts connections; fails when it has died."""
        assert self.process is not None
        assert self.process.poll() is None, (self.home / "web.log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def get(self, path: str, **headers: str) -> Got:
        """One GET on a connection of its own, so that any of the processes may answer."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            asking.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = asking.getresponse()
            return Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            asking.close()

    def snapshot(self) -> str:
        """The snapshot that readers of all features get; "" while they get none."""
        got = self.get("/trace/public/features/")
        return str(got.json["meta"]["snapshot"]) if got.status == 200 else ""

    def serves(self, snapshot: str, times: int = 16) -> bool:
        """Whether so many requests in a row, to whichever process, get this snapshot."""
        return all(self.snapshot() == snapshot for _ in range(times))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait for something to become true, and fail when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not true within {seconds} s"
        time.sleep(0.05)
