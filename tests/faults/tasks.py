"""What the children of the fault tests do."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic, sleep
from typing import Any

from django.db.models import F
from django.utils import timezone

from domains.orchestration import carry_out as carrying
from domains.orchestration import tasks
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from domains.orchestration.states import ACTIVE
from tests.faults.programs import Program
from tests.faults.steps import NAME

RECOVERY_S = 30.0


def begin(program: Program, key: str = "", **options: Any) -> None:
    """Start a run of the program for a worker."""
    start(NAME, "program", key=key, program=program, **options)


def begin_here(program: Program) -> None:
    """Run the program in this process, a commit a step."""
    run_now(NAME, "program", durable=True, program=program)


def carry_out(pk: int) -> None:
    """A worker that is told of one run."""
    carrying.carry_out(pk)


def work() -> None:
    """A worker that takes whatever there is."""
    tasks.run_queued()


def tick() -> None:
    """The tick."""
    tasks.tick()


def recover() -> None:
    """A fresh worker and the reaper, until no run is active. Fails after RECOVERY_S seconds."""
    until = monotonic() + RECOVERY_S
    while Run.objects.filter(state__in=ACTIVE).exists():
        tasks.tick()
        tasks.run_queued()
        if monotonic() > until:
            raise TimeoutError(f"still active: {list(Run.objects.filter(state__in=ACTIVE).values())}")
        sleep(0.02)


def expire_leases() -> None:
    """As if every lease and every pause had been over for a second."""
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(lease_until__isnull=False).update(lease_until=past)
    Run.objects.filter(retry_at__isnull=False).update(retry_at=past)
    Run.objects.filter(woken__isnull=False).update(woken=F("woken") - timedelta(minutes=5))
