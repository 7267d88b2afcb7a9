"""The sampler: the one process of a host that measures, so that nobody has to measure in a request."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error as DatabaseError

from domains.base.database import connection
from domains.core import ready, writes
from domains.core.host import HostReader, host_name
from domains.core.rules import INTERVAL, derive, sample_of
from domains.core.snapshot import Snapshot

log = structlog.get_logger(__name__)


class Sampler:
    """Takes one sample a tick while it holds the host's lock, and waits for the lock while another process has it."""

    def __init__(self, *, interval: float = INTERVAL, clock: Callable[[], float] = time.monotonic) -> None:
        self.host = host_name()
        self.owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.interval = interval
        self.owns = False
        self._clock = clock
        self._reader = HostReader(state=Path(settings.VAULT_HOME))
        self._last: Snapshot | None = None
        self._stop = threading.Event()
        self._database_was_down = False

    def stop(self) -> None:
        """End after the tick that is running."""
        self._stop.set()

    def run(self) -> None:
        """Tick until stopped, then free the lock. Ticks that were missed are skipped, not made up for."""
        due = self._clock()
        try:
            while not self._stop.is_set():
                self.tick()
                due = next_tick(due, self._clock(), self.interval)
                self._stop.wait(max(0.0, due - self._clock()))
        finally:
            self.end()

    def tick(self) -> None:
        """One sample if the lock is ours. A database that is down is reported once and tried again."""
        try:
            self.owns = self.owns or self._take_lock()
            snapshot = self._sample() if self.owns else None
            if snapshot and not self._record(snapshot):
                self.owns = False
                log.warning("sampler.lock_lost", host=self.host)
            self._database_was_down = False
        except DatabaseError as error:
            self._report("sampler.database_down", error)
            connection().close()

    def end(self) -> None:
        """Free the lock, so that the next sampler need not wait for missed beats."""
        try:
            if self.owns and writes.free_lock(host=self.host, owner=self.owner):
                log.info("sampler.ended", host=self.host, owner=self.owner)
        except DatabaseError as error:
            log.warning("sampler.lock_kept", reason=str(error))
        self.owns = False

    def _take_lock(self) -> bool:
        if not writes.take_lock(host=self.host, owner=self.owner):
            return False
        log.info("sampler.owns", host=self.host, owner=self.owner)
        return True

    def _sample(self) -> Snapshot:
        reading = self._reader.read()
        return derive(reading, self._last.counters if self._last else None, by="sampler", interval=self.interval)

    def _record(self, snapshot: Snapshot) -> bool:
        before, self._last = self._last, snapshot
        ready.publish(snapshot)
        return writes.record(
            host=self.host,
            at=snapshot.at,
            sample=sample_of(snapshot),
            owner=self.owner,
            before=before.at if before else None,
        )

    def _report(self, event: str, error: Exception) -> None:
        if not self._database_was_down:
            log.warning(event, reason=str(error).strip(), hint="Is it running, and are the migrations applied?")
        self._database_was_down = True


def next_tick(due: float, now: float, interval: float) -> float:
    """The next time of the grid due, due + interval, … that lies after now."""
    return due + interval * max(1, int((now - due) // interval) + 1)


_stand_in_guard = threading.Lock()


def sample_in_request(before: Snapshot | None) -> Snapshot | None:
    """One sample taken by a request because no sampler runs; None while another thread of this process takes one.

    Goes into the cache and the rings like the sampler's. The caller has asked `ready.may_sample`; a cache of files may
    let two through at once, so whoever comes second finds the sample of the first.
    """
    if not _stand_in_guard.acquire(blocking=False):
        return None
    try:
        newest = ready.find_snapshot(host_name())
        if newest is not None and time.time() - newest.at < INTERVAL:
            return newest
        snapshot = derive(_stand_in().read(), before.counters if before else None, by="request")
        ready.publish(snapshot)
    finally:
        _stand_in_guard.release()
    try:
        writes.record(host=snapshot.host, at=snapshot.at, sample=sample_of(snapshot))
    except DatabaseError as error:
        log.warning("sampler.sample_not_kept", reason=str(error).strip())
    return snapshot


@cache
def _stand_in() -> HostReader:
    return HostReader(state=Path(settings.VAULT_HOME))
