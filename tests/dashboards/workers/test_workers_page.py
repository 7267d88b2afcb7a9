"""Workers and queues: who is there, what waits, what is under way, what has been done."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboards.workers.chart import chart
from domains.orchestration import reads
from domains.orchestration.models import Run, Worker
from tests.dashboards.runs.rows import make

pytestmark = pytest.mark.django_db


def worker(age_s: float = 0, **values: Any) -> Worker:
    now = timezone.now()
    seen = now - timedelta(seconds=age_s)
    return Worker.objects.create(**{"host": "web-1", "pid": 7, "capacity": 4} | values, started=now, seen=seen)


def page_of(client: Client) -> str:
    cache.clear()
    answer = client.get("/workers/")
    assert answer.status_code == 200
    return answer.content.decode()


def ended(state: str, ago_s: float) -> None:
    run = make(state, "db")
    Run.objects.filter(pk=run.pk).update(ended=timezone.now() - timedelta(seconds=ago_s))


def test_without_a_worker_it_says_so_and_names_the_command(staff_client: Client) -> None:
    page = page_of(staff_client)
    assert "No worker is running" in page
    assert "<code>./dj.sh worker</code>" in page
    assert "No worker has ever been here" in page
    assert "Nothing is under way." in page
    assert "No run has ended in the last hour." in page


def test_a_worker_is_shown_with_queues_capacity_restarts_and_age(staff_client: Client) -> None:
    worker(age_s=3, restarts=2, queues="high,bulk")
    page = page_of(staff_client)
    assert "web-1:7" in page
    assert "high, bulk" in page
    assert "1 worker running" in page
    assert "Working" in page


def test_what_is_under_way_names_the_worker_whose_process_has_it(staff_client: Client) -> None:
    worker(processes=[4711])
    make("running", lease_owner="web-1:4711:1")
    make("running", lease_owner="web-2:4711:1")
    page = page_of(staff_client)
    assert page.count("<code>web-1:7</code>") == 2
    assert "<code>web-2:4711:1</code>" in page


def test_a_silent_worker_is_marked_and_does_not_count(staff_client: Client) -> None:
    worker(age_s=reads.WORKER_SILENT_S + 5)
    page = page_of(staff_client)
    assert "Silent" in page
    assert "No worker is running" in page
    assert "fell silent" in page


def test_queues_tell_depth_oldest_wait_running_and_retries() -> None:
    worker(queues="high,default")
    old = make("queued", started=None)
    Run.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(seconds=90))
    make("queued", started=None)
    make("queued", queue="high")
    make("running")
    make("waiting", waits_for="retry")
    make("waiting", waits_for="children")
    make("success")
    high, default, bulk = reads.queue_figures()
    assert (high.depth, high.oldest_s) == (1, None), "one that was begun before waits since nobody knows when"
    assert (default.depth, default.running, default.retrying, default.waiting) == (2, 1, 1, 1)
    assert default.oldest_s == pytest.approx(100, abs=15)
    assert (bulk.depth, bulk.workers, default.workers) == (0, 0, 1)


def test_a_queue_with_runs_and_nobody_to_take_them_is_marked(staff_client: Client) -> None:
    worker(queues="high,default")
    make("queued", queue="bulk")
    assert "no worker</span>" in page_of(staff_client)


def test_what_is_under_way_shows_its_step_and_worker(staff_client: Client) -> None:
    until = timezone.now() + timedelta(seconds=30)
    make("running", cursor=1, lease_owner="web-1:7:Main", lease_until=until, application="nexus")
    make("rolling_back", cursor=0, direction="back", lease_owner="web-2:9:Main", lease_until=timezone.now())
    page = page_of(staff_client)
    assert "Drill program for nexus" in page
    assert '<span class="num">2/3</span> B' in page
    assert "Undoing: A" in page
    assert "worker silent" in page


def test_throughput_counts_ended_runs_by_minute_and_kind() -> None:
    for state, ago_s in (("success", 5), ("exited", 130), ("rolled_back", 130), ("cancelled", 130), ("success", 7200)):
        ended(state, ago_s)
    minutes = reads.throughput(60)
    assert len(minutes) == 60
    assert [m.at for m in minutes] == sorted(m.at for m in minutes)
    assert (minutes[-1].done + minutes[-2].done, sum(m.done for m in minutes)) == (1, 2)
    assert (sum(m.failed for m in minutes), sum(m.cancelled for m in minutes)) == (1, 1)


def test_the_chart_stacks_each_minute_on_one_scale() -> None:
    at = timezone.now()
    drawn = chart([reads.Minute(at, 3, 1, 0), reads.Minute(at, 0, 0, 0), reads.Minute(at, 8, 0, 0)])
    done, failed, most = drawn.pieces
    assert (done.height, failed.height, most.height) == (37.5, 12.5, 100.0)
    assert done.y + done.height == 100.0
    assert failed.y + failed.height == done.y
    assert drawn.summary == "11 done, 1 failed; at most 8 in a minute"


def test_the_chart_is_drawn_by_the_server(staff_client: Client) -> None:
    ended("success", 100)
    page = page_of(staff_client)
    assert '<svg class="throughput" role="img" aria-label="1 done, 0 failed; at most 1 in a minute">' in page


def test_the_panel_renews_itself_and_costs_the_same_however_much_waits(staff_client: Client) -> None:
    worker()
    make("running")
    cache.clear()
    with CaptureQueriesContext(connection) as few:
        answer = staff_client.get("/workers/panel/")
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    Run.objects.bulk_create(
        Run(orchestrator="x", method="y", plan={"steps": [], "schema": {}}, state=state)
        for state in ("queued", "running", "success") * 1000
    )
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        staff_client.get("/workers/panel/")
    assert len(many) == len(few) <= 10
    assert 'hx-trigger="vault:tick-3 from:body' in page_of(staff_client)


def test_it_is_for_staff(client: Client) -> None:
    for path in ("/workers/", "/workers/panel/", "/failed-tasks/", "/failed-tasks/abc/"):
        assert client.get(path).status_code == 302, path
