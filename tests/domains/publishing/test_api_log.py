"""The API log's recorder: nothing lost, nothing twice, and cheap where requests pass."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from domains.publishing import api_log
from domains.publishing.service import api_log as buckets

pytestmark = pytest.mark.django_db
WHEN = datetime(2026, 11, 21, 14, 59, 30, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def nothing_noted() -> Iterator[None]:
    """Neither what another test noted, nor what this one leaves."""
    api_log._noted.clear()
    api_log._counters.clear()
    yield
    api_log._noted.clear()
    api_log._counters.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that requests are noted at, as the only member of a list."""
    now = [WHEN]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def note(**values: Any) -> None:
    plain: dict[str, Any] = {
        "service": "trace",
        "endpoint": "features",
        "application": "skyflow",
        "status": 200,
        "outcome": "ready",
        "seconds": 0.0005,
    }
    api_log.note(**plain | values)


def test_alike_requests_are_one_row_a_minute_and_one_an_hour(clock: list[float]) -> None:
    for seconds in (0.0005, 0.005, 0.05, 0.5, 5.0):
        note(seconds=seconds)
    assert api_log.flush() == 5
    minute, hour = buckets.filter(every=60).get(), buckets.filter(every=3600).get()
    assert (minute.at, hour.at) == (datetime(2026, 11, 21, 14, 59, tzinfo=UTC), datetime(2026, 11, 21, 14, tzinfo=UTC))
    for row in (minute, hour):
        assert (row.requests, row.ms1, row.ms10, row.ms100, row.ms1000) == (5, 1, 2, 3, 4)
        assert (round(row.seconds, 4), row.slowest) == (5.5555, 5.0)


def test_a_later_flush_adds_to_the_same_rows_and_keeps_the_slowest(clock: list[float]) -> None:
    note(seconds=0.3)
    api_log.flush()
    note(seconds=0.1)
    note(seconds=0.1)
    assert api_log.flush() == 2
    row = buckets.filter(every=60).get()
    assert (row.requests, round(row.seconds, 3), row.slowest) == (3, 0.5, 0.3)
    assert api_log.flush() == 0


def test_whatever_tells_requests_apart_is_a_row_of_its_own(clock: list[float]) -> None:
    for values in ({}, {"endpoint": "tags"}, {"application": ""}, {"status": 304}, {"outcome": "computed"}):
        note(**values)
    clock[0] += 60  # the next minute is the next hour too
    note()
    api_log.flush()
    assert buckets.filter(every=60).count() == 6
    assert buckets.filter(every=3600).count() == 6


def test_what_could_not_be_written_is_written_the_next_time(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    note()
    with monkeypatch.context() as broken:
        broken.setattr(buckets, "add", raise_error)
        with pytest.raises(OperationalError):
            api_log.flush()
    note()
    assert api_log.flush() == 2
    assert buckets.filter(every=60).get().requests == 2


def raise_error(rows: Any) -> None:
    raise OperationalError("the database is gone")


def test_no_request_is_lost_or_counted_twice_while_threads_note_and_another_counts() -> None:
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            with api_log._guard:
                api_log._count()

    def note_many() -> None:
        for _ in range(5000):
            note()

    counting = threading.Thread(target=count)
    noting = [threading.Thread(target=note_many) for _ in range(4)]
    for thread in (counting, *noting):
        thread.start()
    for thread in noting:
        thread.join()
    done.set()
    counting.join()
    assert api_log.flush() == 20_000
    assert sum(row.requests for row in buckets.filter(every=60)) == 20_000


def test_invented_names_fill_neither_memory_nor_the_database(clock: list[float]) -> None:
    for number in range(api_log.MOST_KEYS + 200):
        note(endpoint=f"invented-{number}")
    note(endpoint="x" * 500, application="y" * 500)
    api_log.flush()
    assert buckets.filter(every=60).count() == api_log.MOST_KEYS + 1
    assert buckets.get(every=60, endpoint="other").requests == 201


def test_old_buckets_are_deleted_by_their_length(clock: list[float]) -> None:
    note()
    api_log.flush()
    now = datetime.fromtimestamp(WHEN, UTC)
    assert api_log.delete_old(now + timedelta(days=1)) == 0
    assert api_log.delete_old(now + timedelta(days=3)) == 1
    assert buckets.filter(every=3600).count() == 1
    assert api_log.delete_old(now + timedelta(days=91)) == 1


def test_a_note_costs_less_than_two_microseconds() -> None:
    def cost() -> float:
        began = time.perf_counter()
        for _ in range(2000):
            note_one()
        api_log._noted.clear()
        return (time.perf_counter() - began) / 2000

    def note_one() -> None:
        api_log.note(
            service="trace", endpoint="features", application="skyflow", status=200, outcome="ready", seconds=0.0001
        )

    assert min(cost() for _ in range(50)) < 2e-6
    assert statistics.median(cost() for _ in range(50)) < 2e-5  # on a machine that does other things beside
