"""Reads parts of sources at once: an event loop in a thread of its own, which never touches the database.

Whoever uses it submits parts and takes those that are finished, in the order in which they end.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

import structlog
from django.utils import timezone

from domains.base.errors import VaultError
from domains.club.clients import Counts, MemoryKeep, Outside
from domains.club.readings import Reading, pack
from domains.club.sources.base import FeatureSpec, SourceKind, SourceSpec

GUARD_S = 1.0
"""A kind that does not heed its time is cut so long after it."""
JOIN_S = 10.0
T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A part to be read: `part` and `source` are primary keys, `feature` is None for the hero metrics."""

    part: int
    source: int
    kind: SourceKind
    spec: SourceSpec
    feature: FeatureSpec | None
    keep: MemoryKeep


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a part: a reading and its packed form, or the `error` in plain words."""

    part: int
    source: int
    started: datetime
    ended: datetime
    counts: Counts
    reading: Reading | None = None
    packed: bytes = b""
    error: str = ""


class Collector:
    """Reads at most `concurrency` parts at once, each for at most `time_s` seconds. Use it in a `with`.

    A source that has said nothing at all in its time is asked about nothing more, so that it costs its time once.
    `waits` is what is waited for just now, "" for nothing worth saying.
    """

    def __init__(self, *, concurrency: int, time_s: float) -> None:
        self.concurrency, self.time_s = concurrency, time_s
        self.waits = ""
        self._finished: queue.SimpleQueue[Finished | BaseException] = queue.SimpleQueue()
        self._silent: dict[int, str] = {}
        self._loop = asyncio.new_event_loop()
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, name="club-collector", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.result()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Cancel what has not ended."""
        with suppress(RuntimeError):  # the loop has broken, and is closed already
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(JOIN_S)

    def submit(self, job: Job) -> None:
        """Read this part when it is its turn."""
        self._loop.call_soon_threadsafe(self._start, job)

    def result(self, timeout_s: float) -> Finished | None:
        """The next part that has ended; None when none does within the time. Raises what has broken the loop."""
        try:
            found = self._finished.get(timeout=timeout_s)
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise found
        return found

    def _live(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve())
        except Exception as error:  # noqa: BLE001 - `result` raises it again in the thread that takes results
            self._finished.put(error)
            if not self._ready.done():
                self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._over, self._tasks = asyncio.Event(), set[asyncio.Task[None]]()
        self._turns = asyncio.Semaphore(self.concurrency)
        async with Outside() as self._outside:
            self._ready.set_result(None)
            await self._over.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, job: Job) -> None:
        task = self._loop.create_task(self._deliver(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, job: Job) -> None:
        async with self._turns:
            self._finished.put(await self._read(job))

    async def _read(self, job: Job) -> Finished:
        started, began = timezone.now(), time.monotonic()
        if job.source in self._silent:
            error = f"Not asked, since {self._silent[job.source]}"
            return Finished(job.part, job.source, started, started, Counts(), error=error)
        ask = self._outside.asker(job.kind, keep=job.keep, say=self._say)
        reading, packed, error = await _tried(lambda: job.kind.read(ask, job.spec, job.feature), self.time_s + GUARD_S)
        if reading is None and not ask.counts.bytes and time.monotonic() - began >= self.time_s:
            self._silent[job.source] = f"it said nothing about {_about(job)} in {self.time_s:g} s."
        self.waits = ""
        return Finished(job.part, job.source, started, timezone.now(), ask.counts, reading, packed, error)

    def _say(self, words: str) -> None:
        self.waits = words


async def _tried(read: Callable[[], Awaitable[Reading]], limit_s: float) -> tuple[Reading | None, bytes, str]:
    """The reading with its packed form, or why there is none."""
    try:
        async with asyncio.timeout(limit_s):
            reading = await read()
        return reading, pack(reading), ""
    except VaultError as error:
        return None, b"", error.message
    except TimeoutError:
        return None, b"", f"It has not answered within {limit_s:g} s."
    except Exception as error:  # noqa: BLE001 - a kind of an extension may raise anything, and costs its own part only
        log.error("club_part_failed", reason=f"{type(error).__name__}: {error}")
        return None, b"", "What it answered could not be read. The log of the worker says more."


def _about(job: Job) -> str:
    return job.feature.name if job.feature else "the hero metrics"
