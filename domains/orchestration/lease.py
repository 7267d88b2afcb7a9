"""Keeping claimed runs: one thread a process renews all of its leases with one statement.

It is started with the first lease and ends when none is left. The leases of a process that hangs, is stopped or dies
run out, and another worker takes over.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread, get_ident
from time import monotonic, sleep

import structlog
from django.db import Error

from domains.base import database
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.service.clock import lease

SHARE = 4
"""A lease is renewed when this part of it is over."""
log = structlog.get_logger(__name__)


def owner() -> str:
    """The name of this worker in leases: host, process, thread."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}:{get_ident()}"


def renew_after_s() -> float:
    """Seconds after which a lease is renewed."""
    return lease().total_seconds() / SHARE


class Heartbeat:
    """The leases of this process, by run and epoch, with the moment after which each is given up."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], float] = {}
        self._lock = Lock()
        self._thread: Thread | None = None

    def hold(self, run: tuple[int, int]) -> None:
        """Renew this lease from now on."""
        with self._lock:
            self._held[run] = float("inf")
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._beat, name="heartbeat", daemon=True)
                self._thread.start()

    def limit(self, run: tuple[int, int], until: float) -> None:
        """Renew it until that moment of the monotonic clock only."""
        with self._lock:
            if run in self._held:
                self._held[run] = until

    def release(self, run: tuple[int, int]) -> None:
        """Renew it no more."""
        with self._lock:
            self._held.pop(run, None)

    def forget(self) -> None:
        """Begin anew in a process that was forked: threads and leases are its parent's."""
        self.__init__()  # type: ignore[misc]

    def _beat(self) -> None:
        while True:
            sleep(renew_after_s())
            with self._lock:
                now = monotonic()
                held = [run for run, until in self._held.items() if until > now]
                if not self._held:
                    self._thread = None
                    return
            _renew(held)


def _renew(held: list[tuple[int, int]]) -> None:
    """A connection that stayed open between two beats would keep a database from being dropped, and outlive a fork."""
    try:
        runs.renew(held)
    except Error as error:
        log.warning("leases_not_renewed", runs=len(held), reason=str(error))
    finally:
        database.connection().close()


_heartbeat = Heartbeat()
os.register_at_fork(after_in_child=lambda: _heartbeat.forget())


@contextmanager
def kept(run: Run) -> Iterator[None]:
    """Renew the lease of a claimed run in the background."""
    name = run.pk, run.epoch
    _heartbeat.hold(name)
    try:
        yield
    finally:
        _heartbeat.release(name)


@contextmanager
def kept_for(seconds: float, run: Run) -> Iterator[None]:
    """Stop to renew a kept lease after that time, unless the body has ended before."""
    name = run.pk, run.epoch
    _heartbeat.limit(name, monotonic() + seconds)
    try:
        yield
    finally:
        _heartbeat.limit(name, float("inf"))
