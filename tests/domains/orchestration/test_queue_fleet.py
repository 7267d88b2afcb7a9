"""Several workers on one database, separate queues, restarts under load, and Redis coming and going."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import connection
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from domains.orchestration.models import Run, Step, Worker
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.drill_worker import Pace
from tests.domains.orchestration.processes import orm_queue, run_code
from tests.domains.orchestration.workers import PATIENCE_S, begin, finish, hired, outside, suspended, wait_for, waiting

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), orm_queue]
REDIS = os.environ.get("VAULT_TEST_REDIS_URL", "")
needs_redis = pytest.mark.skipif(not REDIS, reason="VAULT_TEST_REDIS_URL names no Redis")
START = """
from domains.orchestration.start import start
from tests.domains.orchestration.drill import registered
with registered():
    start("drill", "program", program=[{"name": "a"}])
"""


def test_two_workers_share_the_runs_and_neither_takes_itself_for_wedged(tmp_path: Path) -> None:
    """One is full, so that messages may wait in its hands; the other is idle and has not heard of them."""
    go = tmp_path / "go"
    with hired(pace=Pace(patience_s=8.0), workers=1) as first:
        begin(1, outside("x", go))
        waiting(go)
        with hired(pace=Pace(patience_s=8.0), workers=1) as second:
            begin(10)
            wait_for(lambda: Run.objects.filter(state="success").count() == 10, "the others")
            both = Worker.objects.filter(pid__in=[first.process.pid, second.process.pid])
            wait_for(lambda: both.count() == 2, "both heartbeats")
            go.touch()
            finish()
            assert set(both.values_list("restarts", flat=True)) == {0}
            assert (first.process.poll(), second.process.poll()) == (None, None)
    assert Counter(effects()) == {"a": 10, "b": 10}
    assert set(Run.objects.values_list("epoch", flat=True)) == {1}


def test_a_full_worker_with_more_to_do_is_not_wedged(tmp_path: Path) -> None:
    go = tmp_path / "go"
    with hired(pace=Pace(patience_s=1.0), workers=1) as crew:
        begin(1, outside("x", go))
        hand = waiting(go)
        (late,) = begin()
        Run.objects.filter(pk=late.pk).update(woken=None)
        wait_for(lambda: crew.saw_work_for() > 2.5, "the watchdog to be asked often enough")
        assert hand in {process.pid for process in crew.hands()}
        go.touch()
        finish()
    assert Run.objects.order_by("id")[0].epoch == 1


def test_a_worker_that_vanishes_leaves_its_runs_to_the_other(tmp_path: Path) -> None:
    with hired(workers=1) as first:
        begin(1, outside("x", tmp_path / "go"), {"name": "b"})
        waiting(tmp_path / "go")
        owner = Run.objects.get().lease_owner
        with hired(workers=1):
            for process in first.everyone():
                process.kill()
            again = Run.objects.filter(state="running").exclude(lease_owner=owner)
            wait_for(again.exists, "the claim of the other")
            assert Run.objects.get().attempt == 2
            (tmp_path / "go").touch()
            finish()
    assert effects() == ["b"]


def test_restarts_one_after_another_under_load_lose_nothing_and_repeat_nothing() -> None:
    """A new worker comes, then the old one goes, while runs are started all the time."""
    stop = Event()

    def load() -> None:
        try:
            while not stop.wait(0.2):
                begin()
        finally:
            connection.close()

    starter = Thread(target=load)
    with ExitStack() as stack:
        old = stack.enter_context(hired())
        starter.start()
        try:
            for _ in range(2):
                new = stack.enter_context(hired())
                old.process.send_signal(signal.SIGTERM)
                assert old.process.wait(timeout=PATIENCE_S) == 0
                old = new
        finally:
            stop.set()
            starter.join()
        finish()
    count = Run.objects.count()
    assert count > 10
    assert Counter(effects()) == {"a": count, "b": count}
    assert Step.objects.count() == 2 * count
    assert set(Run.objects.values_list("attempt", flat=True)) == {1}


def test_separate_queues_have_processes_of_their_own(settings: Settings) -> None:
    settings.SEPARATE_QUEUES = True
    with hired("--queues", "bulk", SEPARATE_QUEUES="true") as one:
        begin(2, queue="bulk")
        begin(1, queue="default")
        wait_for(lambda: Run.objects.filter(queue="bulk", state="success").count() == 2, "the bulk runs")
        assert Run.objects.get(queue="default").state == "queued"
        with hired("--queues", "high,default", SEPARATE_QUEUES="true") as other:
            begin(1, queue="high")
            finish()
            both = Worker.objects.filter(pid__in=[one.process.pid, other.process.pid])
            rows = both.order_by("queues").values_list("queues", "capacity")
            wait_for(lambda: len(rows.all()) == 2, "both heartbeats")
            assert list(rows.all()) == [("bulk", 2), ("high,default", 4)]
            messages = OrmQ.objects.filter(key__in=["high", "bulk"])
            wait_for(lambda: not messages.exists(), "the messages of both queues are taken")


def test_without_redis_runs_go_on_later() -> None:
    with hired(REDIS_URL="redis://127.0.0.1:1/0"):
        begin(3)
        finish()


@needs_redis
def test_a_redis_that_forgets_everything_costs_seconds_only() -> None:
    import redis

    server = redis.Redis.from_url(REDIS)
    with hired(REDIS_URL=REDIS) as crew:
        assert run_code(START, REDIS_URL=REDIS).returncode == 0
        finish()
        with suspended(crew.hands()[3]):
            assert run_code(START, REDIS_URL=REDIS).returncode == 0
            server.flushdb()
            finish()
    assert effects() == ["a", "a"]
