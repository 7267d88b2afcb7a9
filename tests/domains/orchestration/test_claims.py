"""Workers that take runs at the same moment do not stand in each other's way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread

import pytest
from django.db import connection

from domains.base.database import atomic_write
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.service.claims import RunClaims
from domains.orchestration.start import start

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 6
QUEUES = ("high", "default", "bulk")


def queued(count: int) -> list[Run]:
    """As many runs that wait for a worker, the next one first."""
    for _ in range(count):
        start("drill", "program", program=[])
    return list(Run.objects.order_by("id"))


@pytest.mark.on("postgresql")
def test_a_run_that_another_is_just_taking_is_passed_over() -> None:
    first, second = queued(2)
    held, taken = Event(), Event()

    def hold() -> None:
        try:
            with atomic_write():
                runs.locked(pk=first.pk)
                held.set()
                taken.wait(timeout=20)
        finally:
            connection.close()

    other = Thread(target=hold)
    other.start()
    assert held.wait(timeout=20)
    try:
        run = runs.claim_next(QUEUES, "me")
        nobody_waits = other.is_alive()
    finally:
        taken.set()
        other.join()
    assert run
    assert nobody_waits
    assert (run.pk, run.lease_owner) == (second.pk, "me")


def test_each_run_is_taken_once_and_on_a_server_nobody_asks_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    queued(WORKERS * 5)
    barrier, lost = Barrier(WORKERS), []
    real = RunClaims.claim

    def claim(self: RunClaims, run: Run, owner: str) -> bool:
        taken = real(self, run, owner)
        if not taken:
            lost.append(run.pk)
        return taken

    monkeypatch.setattr(RunClaims, "claim", claim)

    def work(number: int) -> list[int]:
        found: list[int] = []
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            while run := runs.claim_next(QUEUES, f"worker {number}"):
                found.append(run.pk)
        finally:
            connection.close()
        return found

    with ThreadPoolExecutor(WORKERS) as pool:
        taken = [pk for found in pool.map(work, range(WORKERS)) for pk in found]
    assert sorted(taken) == sorted(Run.objects.values_list("pk", flat=True))
    if connection.vendor == "postgresql":
        assert lost == []
