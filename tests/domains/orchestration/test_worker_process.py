"""`manage.py vault_worker` as a real process: it works, beats, hands back what is undone, and ends with its parent."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_q.models import OrmQ

from domains.orchestration import reads
from domains.orchestration.models import Run, Worker
from domains.orchestration.service import workers
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.drill_worker import Pace
from tests.domains.orchestration.processes import orm_queue, spawn
from tests.domains.orchestration.workers import PATIENCE_S, begin, finish, gone, hired, outside, wait_for, waiting

pytestmark = [pytest.mark.django_db(transaction=True), orm_queue]


@pytest.mark.slow
def test_it_carries_out_queued_runs_beats_and_stops_on_sigterm() -> None:
    with hired() as crew:
        begin()
        finish()
        assert effects() == ["a", "b"]
        wait_for(lambda: not OrmQ.objects.exists(), "the end of the message")
        row = Worker.objects.get()
        assert (row.pid, row.queues, row.capacity, row.restarts) == (crew.process.pid, "high,default,bulk", 2, 0)
        wait_for(lambda: Worker.objects.get().processes, "the processes of the worker")
        assert set(Worker.objects.get().processes) < {process.pid for process in crew.everyone()}
        age = reads.worker_heartbeat_age()
        assert age is not None
        assert age < 10
        everyone = crew.everyone()
        crew.process.send_signal(signal.SIGTERM)
        assert crew.process.wait(timeout=PATIENCE_S) == 0
        wait_for(lambda: gone(everyone), "the end of every process")
        assert not Worker.objects.exists()


@pytest.mark.slow
def test_on_sigterm_it_hands_its_run_back_after_the_step_and_the_claim_does_not_count(tmp_path: Path) -> None:
    go = tmp_path / "go"
    with hired() as crew:
        begin(1, outside("a", go), {"name": "b"})
        waiting(go)
        crew.process.send_signal(signal.SIGTERM)
        wait_for(go.with_suffix(".asked").exists, "the request to stop")
        go.touch()
        assert crew.process.wait(timeout=PATIENCE_S) == 0
    run = Run.objects.get()
    assert (run.state, run.cursor, run.attempt, run.lease_owner) == ("queued", 1, 0, "")
    assert effects() == []
    assert OrmQ.objects.exists()


@pytest.mark.slow
def test_a_step_that_does_not_end_is_killed_after_a_while_and_its_claim_does_not_count(tmp_path: Path) -> None:
    with hired(pace=Pace(stop_within_s=2.0)) as crew:
        begin(1, outside("a", tmp_path / "never"))
        waiting(tmp_path / "never")
        crew.process.send_signal(signal.SIGTERM)
        assert crew.process.wait(timeout=PATIENCE_S) == 0
    run = Run.objects.get()
    assert (run.state, run.attempt) in {("queued", 0), ("running", 0)}
    assert run.lease_until is None or run.lease_until <= timezone.now()
    assert effects() == []


@pytest.mark.slow
def test_the_cluster_ends_when_the_worker_is_killed() -> None:
    with hired() as crew:
        everyone = crew.everyone()
        crew.process.kill()
        wait_for(lambda: gone(everyone), "the end of every process")


@pytest.mark.slow
def test_it_ends_when_its_parent_is_gone() -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, 'manage.py', 'vault_worker'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(120)\n"
    )
    parent = spawn("-c", code)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    everyone: list[psutil.Process] = []
    try:
        wait_for(Worker.objects.exists, "the heartbeat")
        wait_for(lambda: len(psutil.Process(pid).children(recursive=True)) >= 6, "the cluster")
        worker = psutil.Process(pid)
        everyone = [worker, *worker.children(recursive=True)]
        parent.kill()
        wait_for(lambda: gone(everyone), "the end of every process")
    finally:
        for process in (parent.pid, pid):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        parent.communicate(timeout=60)


@pytest.mark.parametrize(
    ("queues", "words"),
    [("fast", "takes names out of high, default, bulk"), ("", "takes names"), ("bulk", "SEPARATE_QUEUES=true")],
)
def test_queues_that_it_cannot_serve_are_refused_in_a_sentence(queues: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("vault_worker", queues=queues)


def test_old_heartbeats_are_forgotten() -> None:
    now = timezone.now()
    workers.register("old", 1, now - timedelta(hours=1))
    workers.register("new", 2, now - timedelta(hours=1), restarts=7)
    workers.register("new", 2, now)
    workers.beat("new", 2, now, restarts=1)
    assert workers.prune(now - timedelta(minutes=10)) == 1
    assert [(str(worker), worker.restarts) for worker in workers.all()] == [("new:2", 1)]
    assert (reads.live_worker_count(), reads.is_worker_missing()) == (1, False)
    workers.beat("new", 2, now - timedelta(seconds=21))
    assert (reads.live_worker_count(), reads.is_worker_missing()) == (0, True)
