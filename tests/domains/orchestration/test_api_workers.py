"""Workers, queues, throughput and failed tasks as JSON."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import Task

from domains.audit.reads import event_list
from domains.orchestration.models import Run, Worker
from domains.orchestration.start import run_now, start
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db
WORKERS = "/api/workers/"


def add_worker(pid: int, *, seconds_ago: float = 0, queues: str = "high,default") -> None:
    """A worker that was seen so long ago."""
    seen = timezone.now() - timedelta(seconds=seconds_ago)
    Worker.objects.create(host="m1", pid=pid, capacity=2, restarts=1, queues=queues, started=seen, seen=seen)


def fail(task_id: str, error: str) -> None:
    """A task of the queue that has failed."""
    at = timezone.now()
    Task.objects.create(id=task_id, name=task_id, func="x.y", success=False, started=at, stopped=at, result=error)


def test_workers_say_what_they_serve_and_whether_they_are_alive(staff_client: Client) -> None:
    add_worker(1, seconds_ago=300)
    add_worker(2)
    answer = staff_client.get(WORKERS)
    assert answer["X-Result-Count"] == "2"
    first, second = answer.json()
    assert (first["pid"], first["alive"], first["queues"]) == (2, True, ["high", "default"])
    assert (first["capacity"], first["restarts"], first["host"]) == (2, 1, "m1")
    assert (second["pid"], second["alive"], 300 <= second["age"] < 330) == (1, False, True)
    assert staff_client.get(f"{WORKERS}?field=pid").json() == [{"pid": 2}, {"pid": 1}]


def test_queues_say_how_much_waits_and_since_when(staff_client: Client) -> None:
    add_worker(1, queues="default")
    for _ in range(2):
        start("drill", "program", program=[])
    start("drill", "program", program=[], queue="bulk")
    Run.objects.filter(queue="bulk").update(state="running")
    Run.objects.filter(queue="default").update(created=timezone.now() - timedelta(seconds=90))
    high, default, bulk = staff_client.get(f"{WORKERS}queues/").json()
    assert (high["name"], high["depth"], high["oldest_wait_s"], high["workers"]) == ("high", 0, None, 0)
    assert (default["depth"], default["running"], default["workers"]) == (2, 0, 1)
    assert 90 <= default["oldest_wait_s"] < 120
    assert (bulk["depth"], bulk["running"], bulk["waiting"], bulk["retrying"]) == (0, 1, 0, 0)


def test_throughput_counts_what_ended_minute_by_minute(staff_client: Client) -> None:
    for _ in range(3):
        run_now("drill", "program", program=[])
    minutes = staff_client.get(f"{WORKERS}throughput/?minutes=5").json()
    assert len(minutes) == 5
    assert sum(minute["done"] for minute in minutes) == 3
    assert [minute["at"] for minute in minutes] == sorted(minute["at"] for minute in minutes)
    assert len(staff_client.get(f"{WORKERS}throughput/").json()) == 60


@pytest.mark.parametrize("minutes", ["0", "-1", "many", "1441", "²"])
def test_a_wrong_number_of_minutes_is_a_400(staff_client: Client, minutes: str) -> None:
    answer = staff_client.get(f"{WORKERS}throughput/", {"minutes": minutes})
    assert answer.status_code == 400
    assert "1440" in answer.json()["minutes"][0]


@pytest.mark.parametrize("path", ["", "queues/", "throughput/", "failed_tasks/"])
def test_no_answer_costs_more_queries_when_there_is_more(staff_client: Client, path: str) -> None:
    staff_client.get(WORKERS + path)
    with CaptureQueriesContext(connection) as few:
        staff_client.get(WORKERS + path)
    for number in range(8):
        add_worker(number)
        fail(f"task{number}", "gone")
        run_now("drill", "program", program=[])
        start("drill", "program", program=[])
    with CaptureQueriesContext(connection) as many:
        assert staff_client.get(WORKERS + path).status_code == 200
    # An empty list is not even asked for its rows.
    assert len(many) <= len(few) + 1


def test_a_failed_task_shows_one_line_and_is_put_away_by_whoever_may(staff: User, staff_client: Client) -> None:
    fail("a" * 32, 'Traceback (most recent call last):\n  File "x"\nValueError: password=s3cr3t was wrong')
    fail("b" * 32, "gone")
    answer = staff_client.get(f"{WORKERS}failed_tasks/?field=url&field=error&field=function")
    assert b"s3cr3t" not in answer.content
    assert b"Traceback" not in answer.content
    row = next(row for row in answer.json() if "ValueError" in row["error"])
    assert row["function"] == "x.y"
    assert staff_client.delete(row["url"]).status_code == 403
    allow(staff, "retry_run")
    assert staff_client.delete(row["url"]).status_code == 204
    assert staff_client.delete(row["url"]).status_code == 404
    assert list(Task.objects.values_list("pk", flat=True)) == ["b" * 32]
    event = event_list().latest("id")
    assert (event.action, event.object_id) == ("orchestration.failed_task.dismissed", "a" * 32)
    assert event.actor_name == "staff"


def test_a_task_that_succeeded_is_no_failed_task(admin_client: Client) -> None:
    at = timezone.now()
    Task.objects.create(id="c" * 32, name="c", func="x.y", success=True, started=at, stopped=at)
    assert admin_client.get(f"{WORKERS}failed_tasks/").json() == []
    assert admin_client.delete(f"{WORKERS}failed_tasks/{'c' * 32}/").status_code == 404
    assert Task.objects.exists()
