"""Vault's queue end to end: a real worker carries out runs of one step, and bare tasks of django-q2, in turns.

Tells runs (tasks) a second, the milliseconds from asking for a run to its step's first line: [median, 95th of 100], and
the seconds of a run that waits for 100 child runs.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import django

from tests.benchmarks.engine.pace import tell

ROUNDS, BURST, SINGLE, CHILDREN = 3, 200, 15, 100
PATIENCE = 120.0


class Stamps:
    """The file to which every step and task appends the time at which it began."""

    def __init__(self, folder: str) -> None:
        self.file = str(Path(folder, "stamps"))
        Path(self.file).touch()
        self.seen = 0

    def wait(self, count: int) -> list[float]:
        """The next `count` times, once they are there. Raises TimeoutError."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            lines = Path(self.file).read_text().splitlines()[self.seen :]
            if len(lines) >= count:
                self.seen += count
                return [float(line) for line in lines[:count]]
            time.sleep(0.003)
        raise TimeoutError(f"The worker has not carried out {count} within {PATIENCE:g} s.")


def burst(ask: Callable[[], object], stamps: Stamps) -> float:
    """How many a second, from the first that is asked for to the last that begins."""
    begin = time.time()
    for _ in range(BURST):
        ask()
    return BURST / (max(stamps.wait(BURST)) - begin)


def single(ask: Callable[[], object], stamps: Stamps) -> list[float]:
    """Milliseconds until each of a few begins, asked for one at a time and out of step with the worker's polling."""
    found = []
    for _ in range(SINGLE):
        time.sleep(random.uniform(0.02, 0.12))  # noqa: S311 - nothing secret
        begin = time.time()
        ask()
        found.append(1000 * (stamps.wait(1)[0] - begin))
    return found


def fan_out(stamps: Stamps) -> float:
    """Seconds from asking for a run with child runs to its step after them."""
    from domains.orchestration.start import start

    begin = time.time()
    start("noop", "fan", count=CHILDREN, file=stamps.file)
    return stamps.wait(1)[0] - begin


def compare() -> dict[str, Any]:
    """The figures of both, of every round."""
    from django_q.tasks import async_task

    from domains.orchestration.start import start
    from tests.benchmarks.engine import noop

    noop.register()
    with tempfile.TemporaryDirectory() as folder:
        stamps = Stamps(folder)
        asks: dict[str, Callable[[], object]] = {
            "vault": lambda: start("noop", "stamped", file=stamps.file),
            "django-q2": lambda: async_task(f"{noop.__name__}.write_stamp", stamps.file, save=False),
        }
        for ask in asks.values():
            ask()
            stamps.wait(1)
        rates: dict[str, list[float]] = {name: [] for name in asks}
        waits: dict[str, list[float]] = {name: [] for name in asks}
        fans: list[float] = []
        for _ in range(ROUNDS):
            for name, ask in asks.items():
                waits[name] += single(ask, stamps)
                rates[name].append(burst(ask, stamps))
                asks["django-q2"]()  # comes after every message that the burst has left in the queue
                stamps.wait(1)
            fans.append(fan_out(stamps))
    told: dict[str, Any] = {name: {"rates": rates[name], "waits": middle_and_tail(waits[name])} for name in asks}
    return told | {"fan-out": fans}


def middle_and_tail(values: list[float]) -> list[float]:
    """The median, and what 95 of 100 stay below."""
    return [median(values), quantiles(values, n=20)[-1]]


def main() -> None:
    """Start the worker, compare, stop it."""
    project = Path(__file__).resolve().parents[3]
    command = [sys.executable, "manage.py", "vault_worker"]
    worker = subprocess.Popen(command, cwd=project, env=dict(os.environ), stdout=subprocess.DEVNULL)
    try:
        django.setup()
        tell(compare())
    finally:
        worker.terminate()
        worker.wait(timeout=60)


if __name__ == "__main__":
    main()
