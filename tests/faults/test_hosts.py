"""Hosts with wrong clocks, full disks and little memory."""

from __future__ import annotations

import os
import signal

import pytest

from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.faults import world
from tests.faults.invariants import check
from tests.faults.nursery import Death, Nursery
from tests.faults.programs import Program
from tests.faults.service import Service
from tests.faults.steps import NAME
from tests.faults.tasks import expire_leases

TASKS = "tests.faults.tasks"
FIVE_MINUTES = 300.0
PROGRAM: Program = [{"name": "a"}, {"name": "b", "kind": "external"}, {"name": "c"}]


def queued(program: Program) -> int:
    """A run of the program that waits for a worker; its number."""
    return Run.objects.get(uuid=start(NAME, "program", program=program).uuid).pk


@pytest.mark.parametrize("own", [-FIVE_MINUTES, FIVE_MINUTES])
def test_a_wrong_clock_neither_keeps_a_lease_nor_takes_one(
    fresh: None, nursery: Nursery, service: Service, own: float
) -> None:
    pk = queued(PROGRAM)
    death = Death("external.called", "stop")
    worker = nursery.start(f"{TASKS}.shifted", world.here(), death, seconds=own, what="carry_out", pk=pk)
    assert nursery.wait_stopped(worker)
    for other in (-FIVE_MINUTES, FIVE_MINUTES):
        assert nursery.run(f"{TASKS}.shifted", world.here(), seconds=other, what="tick") == 0
        assert nursery.run(f"{TASKS}.shifted", world.here(), seconds=other, what="work") == 0
        assert Run.objects.get().epoch == 1, "a lease that holds was taken"
    expire_leases()
    assert nursery.run(f"{TASKS}.shifted", world.here(), seconds=-own, what="recover") == 0
    os.kill(worker, signal.SIGCONT)
    assert nursery.wait(worker) == 0
    assert Run.objects.get().state == "success"
    assert check(service).broken == []


@pytest.mark.on("sqlite")
def test_a_run_goes_on_when_a_full_disk_has_room_again(fresh: None, nursery: Nursery, service: Service) -> None:
    pk = queued([{"name": "a"}, {"name": "b" * 20_000}, {"name": "c"}])
    nursery.run(f"{TASKS}.on_a_full_disk", world.here(), pk=pk)
    assert Run.objects.get().state == "running", "the disk was not full"
    expire_leases()
    assert nursery.run(f"{TASKS}.recover", world.here()) == 0
    assert Run.objects.get().state == "success"
    assert check(service).broken == []


def test_a_step_without_memory_is_undone(fresh: None, nursery: Nursery, service: Service) -> None:
    pk = queued([{"name": "a"}, {"name": "b", "kind": "external"}, {"name": "c", "does": "memory"}])
    assert nursery.run(f"{TASKS}.in_little_memory", world.here(), pk=pk) == 0
    run = Run.objects.get()
    assert run.state == "rolled_back"
    assert "MemoryError" in str(run.error)
    assert check(service).broken == []
