"""`manage.py vault_worker` as a real process: it works, beats, and ends with its parent."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

import psutil
import pytest
from django_q.models import OrmQ

from domains.orchestration import reads
from domains.orchestration.models import Run, Worker
from domains.orchestration.service import workers
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import run_code, spawn

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_S = 40.0
START = """
from domains.orchestration.start import start
from tests.domains.orchestration.drill import registered
with registered():
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}])
"""


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Until it holds, or fail."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not happen within {PATIENCE_S:.0f} s")
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


@pytest.fixture
def worker() -> Iterator[Popen[str]]:
    """A running worker; whatever is left of it is killed in the end."""
    process = spawn("manage.py", "vault_worker")
    wait_for(lambda: Worker.objects.exists() or process.poll() is not None, "the heartbeat")
    everyone = family(process.pid) if process.poll() is None else []
    yield process
    with suppress(psutil.NoSuchProcess):
        everyone += family(process.pid)
    for member in everyone:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    process.communicate(timeout=10)


def test_it_carries_out_queued_runs_and_stops_on_sigterm(worker: Popen[str]) -> None:
    done = run_code(START)
    assert done.returncode == 0, done.stdout
    wait_for(lambda: Run.objects.get().state == "success", "the run")
    assert effects() == ["a", "b"]
    wait_for(lambda: not OrmQ.objects.exists(), "the end of the message")
    age = reads.worker_heartbeat_age()
    assert age is not None
    assert age < 10
    everyone = family(worker.pid)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=PATIENCE_S) == 0
    wait_for(lambda: gone(everyone), "the end of every process")
    assert not Worker.objects.exists()


def test_the_cluster_ends_when_the_worker_is_killed(worker: Popen[str]) -> None:
    wait_for(lambda: len(family(worker.pid)) > 3, "the cluster")
    everyone = family(worker.pid)
    worker.kill()
    wait_for(lambda: gone(everyone), "the end of every process")


def test_it_works_on_after_every_idle_process_of_the_queue_was_killed(worker: Popen[str]) -> None:
    wait_for(lambda: len(leaves(worker.pid)) >= 4, "the cluster")
    assert run_code(START).returncode == 0
    wait_for(lambda: Run.objects.get().state == "success", "the first run")
    for process in leaves(worker.pid):
        process.kill()
    assert run_code(START).returncode == 0
    wait_for(lambda: Run.objects.filter(state="success").count() == 2, "the second run")


def test_a_killed_sentinel_leaves_no_orphans(worker: Popen[str]) -> None:
    wait_for(lambda: len(leaves(worker.pid)) >= 4, "the cluster")
    orphans = leaves(worker.pid)
    sentinel = orphans[0].parent()
    assert sentinel is not None
    sentinel.kill()
    wait_for(lambda: gone(orphans), "the end of every process below it")
    wait_for(lambda: len(leaves(worker.pid)) >= 4, "the next cluster")


def leaves(pid: int) -> list[psutil.Process]:
    """The processes below it that have none below them: workers, pusher and monitor of the queue."""
    found = []
    for process in family(pid):
        with suppress(psutil.NoSuchProcess):
            found += [] if process.children() else [process]
    return found


def test_it_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, 'manage.py', 'vault_worker'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(120)\n"
    )
    parent = spawn("-c", code)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    try:
        wait_for(Worker.objects.exists, "the heartbeat")
        wait_for(lambda: len(family(pid)) > 3, "the cluster")
        everyone = family(pid)
        parent.kill()
        wait_for(lambda: gone(everyone), "the end of every process")
    finally:
        for process in (parent.pid, pid):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        parent.communicate(timeout=10)


def test_old_heartbeats_are_forgotten() -> None:
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    workers.beat("old", 1, now - timedelta(hours=1))
    workers.beat("new", 2, now)
    workers.beat("new", 2, now)
    assert workers.prune(now - timedelta(minutes=10)) == 1
    assert [str(worker) for worker in workers.all()] == ["new:2"]
    assert (reads.live_worker_count(), reads.is_worker_missing()) == (1, False)
    workers.beat("new", 2, now - timedelta(seconds=21))
    assert (reads.live_worker_count(), reads.is_worker_missing()) == (0, True)
