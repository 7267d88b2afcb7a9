"""What the children of the fault tests do."""

from __future__ import annotations

import resource
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any

from django.db.models import F
from django.utils import timezone

from domains.base.database import connection
from domains.orchestration import carry_out as carrying
from domains.orchestration import points, tasks
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from domains.orchestration.states import ACTIVE
from tests.faults.programs import Program
from tests.faults.steps import NAME

RECOVERY_S = 150.0


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


def carry_out_all(pks: list[int], at: float) -> None:
    """A worker that is told of many runs, and begins at that moment (seconds since the epoch)."""
    sleep(max(0.0, at - time()))
    for pk in pks:
        carrying.carry_out(pk)


def begin_often(program: Program, key: str, times: int, at: float, answers: str) -> None:
    """Start the same run again and again; each answer is a line of the file: the run and whether it is new."""
    sleep(max(0.0, at - time()))
    for _ in range(times):
        info = start(NAME, "program", key=key, program=program)
        with Path(answers).open("a") as file:
            file.write(f"{info.uuid} {info.created}\n")


def begin_and_work(programs: list[Program], seconds: float) -> None:
    """Start runs and carry out whatever is there, without a pause. Whatever is raised ends this process."""
    until = monotonic() + seconds
    for program in cycle(programs):
        begin(program)
        tasks.run_queued()
        if monotonic() > until:
            return


def shifted(seconds: float, what: str, **arguments: Any) -> None:
    """Do a task of this module on a host whose clock is wrong by so much."""
    real = timezone.now
    timezone.now = lambda: real() + timedelta(seconds=seconds)
    globals()[what](**arguments)


def on_a_full_disk(pk: int) -> None:
    """Carry the run out while the database may not grow by a single page, from its claim on."""

    def fill(point: str) -> None:
        if point == "run.claimed":
            with connection().cursor() as cursor:
                cursor.execute("VACUUM")  # no room is left in the file either
                cursor.execute("PRAGMA page_count")
                (pages,) = cursor.fetchone()
                cursor.execute(f"PRAGMA max_page_count = {int(pages)}")

    points.arm(fill)
    carrying.carry_out(pk)


def in_little_memory(pk: int) -> None:
    """Carry the run out in a process that may take 256 MB more than it has."""
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + (256 << 20), resource.RLIM_INFINITY))
    carrying.carry_out(pk)
