"""Real workers on the test database, and what can be done to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from tempfile import TemporaryDirectory

import psutil

from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.domains.orchestration import drill_worker
from tests.domains.orchestration.drill_worker import UNHURRIED, Pace
from tests.domains.orchestration.processes import spawn

PATIENCE_S = 180.0
"""Far more than any of it takes on a machine that does nothing else."""


def wait_for(condition: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
    """Until it holds, or fail."""
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{what} did not happen within {within_s:.0f} s")
        time.sleep(0.05)


def gone(processes: list[psutil.Process]) -> bool:
    """Whether all of them have ended."""
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


class Crew:
    """One `manage.py vault_worker`: supervisor, the cluster's main process, its sentinel, and the processes below that:
    the workers first, then monitor and pusher. What its watchdog finds is noted in the file `judgements`.
    """

    def __init__(self, *arguments: str, judgements: Path, pace: Pace, **settings: str) -> None:
        self.judgements = judgements
        work = f"from {drill_worker.__name__} import *; work({list(arguments)}, {str(judgements)!r}, {pace!r})"
        values = {"RUN_LEASE_S": "4", "LOG_LEVEL": "ERROR"} | settings
        self.process: Popen[str] = spawn("-c", f"import django; django.setup()\n{work}", **values)
        self.seen: list[psutil.Process] = []

    def everyone(self) -> list[psutil.Process]:
        """Every process of it."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.process.pid)
            found = [parent, *parent.children(recursive=True)]
            self.seen = list({*self.seen, *found})
            return found
        return []

    def main(self) -> psutil.Process:
        """The main process of its first cluster."""
        return self.everyone()[0].children()[0]

    def sentinel(self) -> psutil.Process:
        """What guards the workers of that cluster."""
        return self.main().children()[0]

    def hands(self) -> list[psutil.Process]:
        """The workers of that cluster, then its monitor and its pusher; in the order of their birth."""
        with suppress(psutil.NoSuchProcess, IndexError):
            return sorted(self.sentinel().children(), key=lambda process: (process.create_time(), process.pid))
        return []

    def is_ready(self, workers: int = 2) -> bool:
        """Whether the cluster is complete."""
        assert self.process.poll() is None, self.process.communicate()[0]
        return len(self.hands()) >= workers + 2

    def saw_work_for(self) -> float:
        """Seconds between the first and the last time that its watchdog was told of work that waits."""
        lines = self.judgements.read_text().splitlines() if self.judgements.exists() else []
        times = [float(line.split()[0]) for line in lines if line.endswith("True")]
        return max(times) - min(times) if times else 0.0

    def end(self) -> None:
        """Kill whatever is left of it."""
        self.everyone()
        for process in self.seen:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.communicate(timeout=60)


@contextmanager
def hired(*arguments: str, pace: Pace = UNHURRIED, workers: int = 2, **settings: str) -> Iterator[Crew]:
    """A worker that is ready; whatever is left of it is killed in the end."""
    with TemporaryDirectory() as folder:
        judgements = Path(folder, "judgements")
        crew = Crew(*arguments, judgements=judgements, pace=pace, QUEUE_WORKERS=str(workers), **settings)
        try:
            wait_for(lambda: crew.is_ready(workers), "the cluster")
            crew.everyone()
            yield crew
        finally:
            crew.end()


@contextmanager
def suspended(process: psutil.Process) -> Iterator[None]:
    """The process hangs for a while."""
    process.suspend()
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def begin(count: int = 1, *program: dict[str, object], **values: object) -> list[Run]:
    """Runs of that program, by default of the steps a and b."""
    steps = list(program) or [{"name": "a"}, {"name": "b"}]
    infos = [start("drill", "program", program=steps, **values) for _ in range(count)]  # type: ignore[arg-type]
    return list(Run.objects.filter(uuid__in=[info.uuid for info in infos]).order_by("id"))


def outside(name: str, until: Path) -> dict[str, object]:
    """An external step that waits for the file."""
    return {"name": name, "external": True, "file": str(until.with_suffix(".traces")), "does": f"wait for {until}"}


def finish(within_s: float = PATIENCE_S) -> None:
    """Every run succeeds in time."""
    wait_for(lambda: not Run.objects.exclude(state="success").exists(), "the end of every run", within_s)


def waiting(file: Path) -> int:
    """The process whose step waits for the file, see `drill.wait_for_file`; once there is one."""
    sign = file.with_suffix(".waiting")
    wait_for(lambda: sign.exists() and sign.read_text(), "the step")
    return int(sign.read_text())
