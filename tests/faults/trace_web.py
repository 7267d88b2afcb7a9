"""A web server whose processes are killed while readers ask it: every whole answer must be one that was published."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import psutil

from tests.domains.trace.machines import Machine, wait_until

PATHS = ("features", "tags", "skyflow/features", "nexus/gateways", "matrix")
READERS = 3
PAUSE_S = 8.0
"""granian gives up when a process dies within 5.5 s of its start, and leaves it to its supervisor to begin anew."""


@dataclass
class Victim:
    """The server, and what its readers got: `seen` is the hash of each document of each snapshot, `faults` what was
    neither the document of its snapshot nor a connection that the death of a process has broken.
    """

    machine: Machine
    random: random.Random
    kills: int = 0
    killed: float = float("-inf")
    answers: Counter[str] = field(default_factory=Counter)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    readers: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.machine.__enter__()
        self.readers = [threading.Thread(target=self._read) for _ in range(READERS)]
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.done.set()
        for reader in self.readers:
            reader.join()
        self.machine.__exit__(kind, error, at)

    def kill(self) -> None:
        """Kill one of the processes that answer, unless one was just now; another is started in its place."""
        if time.monotonic() - self.killed < PAUSE_S:
            return
        wait_until(self._processes)
        self.killed = time.monotonic()
        with suppress(ProcessLookupError):
            os.kill(self.random.choice(self._processes()), signal.SIGKILL)
            self.kills += 1

    def _processes(self) -> list[int]:
        assert self.machine.process is not None
        return [child.pid for child in psutil.Process(self.machine.process.pid).children()]

    def _read(self) -> None:
        while not self.done.is_set():
            for path in PATHS:
                self._look(path)

    def _look(self, path: str) -> None:
        published = bool(self.seen)
        try:
            got = self.machine.get(f"/trace/public/{path}/")
        except (OSError, http.client.HTTPException):
            self.answers["broken"] += 1
            return
        if got.status == 503 and not published:  # asked before the first publication was seen
            return
        self.answers[str(got.status)] += 1
        if got.status != 200:
            self.faults.append(f"{path}: {got.status} {got.body[:300]!r}")
            return
        found = hashlib.sha256(got.body).hexdigest()
        snapshot = str(got.json["meta"]["snapshot"])
        if self.seen.setdefault((snapshot, path), found) != found:
            self.faults.append(f"{path} of {snapshot}: {found}")
