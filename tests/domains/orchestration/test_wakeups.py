"""Wake-ups: part of the transaction in the database's queue, after the commit in Redis, and never needed."""

from __future__ import annotations

import os

import pytest
from django.conf import settings
from django_q.models import OrmQ

from domains.base.database import atomic_write
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import orm_queue, run_code

REDIS = os.environ.get("VAULT_TEST_REDIS_URL", "")
needs_redis = pytest.mark.skipif(not REDIS, reason="VAULT_TEST_REDIS_URL names no Redis")
CODE = """
from django.conf import settings
from django_q.brokers import get_broker
from domains.base.database import atomic_write
from domains.orchestration.start import start
from tests.domains.orchestration.drill import registered
broker = get_broker()
def depth():
    try:
        return broker.queue_size()
    except OSError:
        return "down"
with registered():
    with atomic_write():
        start("drill", "program", program=[])
        print("inside", depth())
    print("after", depth())
    try:
        with atomic_write():
            start("drill", "program", program=[])
            raise ZeroDivisionError
    except ZeroDivisionError:
        print("undone", depth())
"""


@orm_queue
@pytest.mark.django_db
def test_a_run_is_announced_once() -> None:
    start("drill", "program", program=[], key="once")
    start("drill", "program", program=[], key="once")
    assert [message.task["args"] for message in OrmQ.objects.all()] == [("high", "default", "bulk")]


@orm_queue
@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_undone_takes_its_wake_up_along() -> None:
    with pytest.raises(ZeroDivisionError), atomic_write():
        start("drill", "program", program=[])
        raise ZeroDivisionError
    assert not OrmQ.objects.exists()
    assert not Run.objects.exists()


@needs_redis
@pytest.mark.django_db(transaction=True)
def test_redis_hears_of_a_run_after_its_commit_only() -> None:
    import redis

    url = os.environ.get("REDIS_URL") or REDIS  # where each test process has one of its own
    server = redis.Redis.from_url(url)
    key = f"django_q:{settings.Q_CLUSTER['name']}:q"
    server.delete(key)
    done = run_code(CODE, REDIS_URL=url)
    server.delete(key)
    said = [line for line in done.stdout.splitlines() if line.split(" ")[0] in ("inside", "after", "undone")]
    assert said == ["inside 0", "after 1", "undone 1"], done.stdout
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_is_stored_even_when_redis_is_down() -> None:
    code = CODE.replace("broker.queue_size()", "'unasked'")
    done = run_code(code, REDIS_URL="redis://127.0.0.1:1/15")
    assert done.returncode == 0, done.stdout
    assert "wake_up_not_sent" in done.stdout
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_runs_are_carried_out_without_any_message() -> None:
    start("drill", "program", program=[{"name": "a"}])
    OrmQ.objects.all().delete()
    assert run_queued() == 1
    assert effects() == ["a"]
