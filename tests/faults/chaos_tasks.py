"""What the processes of a chaos run do until they are killed: workers, the reaper, and clients who start runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

from django.db import InterfaceError, OperationalError
from django_q.models import OrmQ

from domains.base.database import connection
from domains.base.errors import Conflict
from domains.orchestration import orchestrator
from domains.orchestration.models import Run
from domains.orchestration.start import RunInfo, run_now, start
from domains.orchestration.states import ACTIVE, STUCK
from domains.orchestration.tasks import run_queued, tick
from tests.faults.programs import Range, program
from tests.faults.steps import NAME

REAP_EVERY = 0.5
MOST_ACTIVE = 60
"""Clients wait while so many runs are active, so that everything can be drained at the end."""
WITHIN = Range(ms=(0, 0, 0, 1, 5, 20, 60), pauses=(0.01, 0.3, 2.5))
LONG = Range(ms=(0, 20, 2500), pauses=(0.01, 2.5))
"""Now and then with a step that takes longer than the lease."""


def for_ever(action: Callable[[], object], pause: float) -> None:
    """Again and again; a database that is not there is waited for."""
    while True:
        try:
            idle = not action()
        except (OperationalError, InterfaceError):
            idle = True
            connection().close()
            sleep(0.2)
        if idle:
            sleep(pause)


def work() -> None:
    """A worker."""
    for_ever(run_queued, 0.03)


def reap() -> None:
    """The tick, at the pace of a drill; wake-ups are thrown away, since the workers look for themselves."""

    def once() -> None:
        tick()
        OrmQ.objects.all().delete()
        for run in Run.objects.filter(state__in=STUCK):
            with suppress(Conflict):
                orchestrator.resume_run(run.uuid)

    for_ever(once, REAP_EVERY)


def submit(seed: str, acknowledged: str) -> None:
    """A client: starts runs, waits for some itself, cancels some; what it was promised goes to the file."""
    rng = Random(seed)  # noqa: S311 - the same seed gives the same programs
    own: list[RunInfo] = []

    def once() -> bool:
        if Run.objects.filter(state__in=ACTIVE).count() >= MOST_ACTIVE:
            return False
        if own and rng.random() < 0.15:
            _cancel(rng.choice(own))
            return True
        steps = program(rng.choice, LONG if rng.random() < 0.03 else WITHIN)
        info = _start(rng, steps)
        if info:
            own[:] = [*own[-5:], info]
            _acknowledge(info, Path(acknowledged))
        sleep(rng.uniform(0.0, 0.15))
        return True

    for_ever(once, 0.1)


def _start(rng: Random, steps: list[dict[str, Any]]) -> RunInfo | None:
    how = rng.random()
    if how > 0.25:
        queue, priority = rng.choice(("high", "default", "bulk")), rng.choice((-1, 0, 1))
        return start(NAME, "program", queue=queue, priority=priority, program=steps)
    try:
        return run_now(NAME, "program", durable=how < 0.15, program=steps)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001 - what a step raises is raised to whoever waits; the checker looks at the run
        return None


def _cancel(info: RunInfo) -> None:
    with suppress(Conflict):
        orchestrator.cancel_run(info.uuid)


def _acknowledge(info: RunInfo, file: Path) -> None:
    line = os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    try:
        os.write(line, f"{info.uuid}\n".encode())
    finally:
        os.close(line)
