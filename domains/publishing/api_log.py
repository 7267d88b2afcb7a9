"""The API log's recorder: requests are counted in memory, and written in few statements off their path.

`note` may be called from any thread at any rate. What was noted in the last seconds of a process that is killed is
lost; what a flush could not write is tried again with the next one.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.util import Finalize
from typing import NamedTuple

import structlog
from django.db import Error as DatabaseError

from domains.base.database import atomic_write, connection
from domains.publishing.models import APILog
from domains.publishing.service import api_log as buckets

MINUTE, HOUR = 60, 3600
KEPT = {MINUTE: timedelta(days=2), HOUR: timedelta(days=90)}
"""How long buckets of each length stay."""
FLUSH_S, COUNT_S = 5.0, 0.5
MOST_NOTED, MOST_KEYS = 200_000, 500
OTHER = "other"
EDGES_S = (0.001, 0.01, 0.1, 1.0)
Noted = tuple[float, str, str, str, int, str, float]
log = structlog.get_logger(__name__)


class Key(NamedTuple):
    """What the requests of one counter have in common; `at` is the start of their minute in Unix seconds."""

    at: int
    service: str
    endpoint: str
    application: str
    status: int
    outcome: str


@dataclass(slots=True)
class Counter:
    """Figures of alike requests; `within` counts those that took at most each of EDGES_S."""

    requests: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    within: list[int] = field(default_factory=lambda: [0] * len(EDGES_S))

    def note(self, seconds: float) -> None:
        """Count one more."""
        self.requests += 1
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)
        for place in range(bisect_left(EDGES_S, seconds), len(EDGES_S)):
            self.within[place] += 1

    def add(self, other: Counter) -> None:
        """Count these too."""
        self.requests += other.requests
        self.seconds += other.seconds
        self.slowest = max(self.slowest, other.slowest)
        self.within = [mine + theirs for mine, theirs in zip(self.within, other.within, strict=True)]


_noted: deque[Noted] = deque(maxlen=MOST_NOTED)
_counters: dict[Key, Counter] = {}
_guard = threading.Lock()
_stop = threading.Event()
_writer: threading.Thread | None = None


def note(*, service: str, endpoint: str, application: str, status: int, outcome: str, seconds: float) -> None:
    """Count one public request of a service, such as "trace". Costs an append to a list in memory."""
    _noted.append((time.time(), service, endpoint, application, status, outcome, seconds))


def start() -> None:
    """Begin writing what is noted, in a thread of its own; a web process calls it once. More calls change nothing."""
    global _writer
    with _guard:
        if _writer is None:
            _writer = threading.Thread(target=_write_on, name="api-log", daemon=True)
            _writer.start()
            Finalize(None, _end, exitpriority=10)  # a worker of granian ends without `atexit`


def flush() -> int:
    """Write what was noted so far; the number of requests. Raises Django's database errors and keeps the figures."""
    with _guard:
        _count()
        taken = dict(_counters)
        _counters.clear()
        try:
            with atomic_write():
                buckets.add(_rows(taken))
        except BaseException:
            for key, counter in taken.items():
                _counters.setdefault(key, Counter()).add(counter)
            raise
    return sum(counter.requests for counter in taken.values())


def delete_old(now: datetime) -> int:
    """Delete the buckets that are older than is kept; how many."""
    with atomic_write():
        return sum(buckets.delete_before(every, now - kept) for every, kept in KEPT.items())


def _count() -> None:
    """Move what was noted into the counters; names beyond a fixed number share one counter a status."""
    for _ in range(len(_noted)):
        moment, service, endpoint, application, status, outcome, seconds = _noted.popleft()
        key = Key(int(moment) // MINUTE * MINUTE, service, endpoint, application, status, outcome)
        counter = _counters.get(key)
        if counter is None:
            counter = _counters.setdefault(_fitting(key), Counter())
        counter.note(seconds)


def _fitting(noted: Key) -> Key:
    """The key with names as short as their columns; the one for all others when there are too many."""
    names = noted.endpoint[:60], noted.application[:60], noted.status, noted.outcome[:20]
    key = Key(noted.at, noted.service, *names)
    if key not in _counters and len(_counters) >= MOST_KEYS:
        return Key(noted.at, noted.service, OTHER, "", noted.status, key.outcome)
    return key


def _rows(counters: dict[Key, Counter]) -> list[APILog]:
    """One row for each minute and one for each hour that the counters touch."""
    summed: dict[tuple[int, Key], Counter] = {}
    for key, counter in counters.items():
        for every in KEPT:
            place = (every, key._replace(at=key.at // every * every))
            summed.setdefault(place, Counter()).add(counter)
    return [_row(every, key, counter) for (every, key), counter in summed.items()]


def _row(every: int, key: Key, counter: Counter) -> APILog:
    ms1, ms10, ms100, ms1000 = counter.within
    return APILog(
        every=every,
        at=datetime.fromtimestamp(key.at, UTC),
        service=key.service,
        endpoint=key.endpoint,
        application=key.application,
        status=key.status,
        outcome=key.outcome,
        requests=counter.requests,
        seconds=counter.seconds,
        slowest=counter.slowest,
        ms1=ms1,
        ms10=ms10,
        ms100=ms100,
        ms1000=ms1000,
    )


def _write_on() -> None:
    """Count twice a second, write every few seconds and clean up every hour, until stopped."""
    written = cleaned = float("-inf")
    failing = False
    while not _stop.wait(COUNT_S):
        with _guard:
            _count()
        now = time.monotonic()
        if now - written < FLUSH_S:
            continue
        written = now
        try:
            if _counters:
                flush()
            if now - cleaned > HOUR:
                delete_old(datetime.now(UTC))
                cleaned = now
            failing = False
        except DatabaseError as error:
            if not failing:
                log.warning("api_log.not_written", reason=str(error).strip())
            failing = True
            connection().close()


def _end() -> None:
    """Write what is left when the process ends."""
    _stop.set()
    try:
        if _noted or _counters:
            flush()
    except DatabaseError as error:
        log.warning("api_log.lost", reason=str(error).strip())
