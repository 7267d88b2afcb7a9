"""Processes by the dozen: one interpreter with Django loaded that forks a child for each task, so that a start costs
milliseconds.

It has no database connection and no second thread, so that its children begin with clean hands. It is spoken to by
lines of JSON; when its standard input closes it kills its children and ends. Children die with it.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.faults.world import World

PROJECT = Path(__file__).resolve().parents[2]
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Death:
    """What happens when a child has reached `point` for the `nth` time: "exit" (137), "kill" or "stop" itself."""

    point: str
    how: str = "exit"
    nth: int = 1


class Nursery:
    """The parent's end. `environment` is that of the children; what they say on standard error goes to `log`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.nursery"],
                cwd=PROJECT,
                env=dict(environment),
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # Ctrl+C is for the parent, which ends everything in order
            )

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def start(self, task: str, world: World, death: Death | None = None, **arguments: Any) -> int:
        """Fork a child that calls the function of this dotted name; its pid."""
        order = {"task": task, "world": asdict(world), "death": asdict(death) if death else None}
        return int(self._ask({"do": "start", **order, "arguments": arguments}))

    def wait(self, pid: int, timeout: float = 180.0) -> int | None:
        """The child's exit status, negative for a signal; None when it still runs after so many seconds."""
        status: int | None = self._ask({"do": "wait", "pid": pid, "timeout": timeout, "stopped": False})
        return status

    def wait_stopped(self, pid: int, timeout: float = 180.0) -> bool:
        """Whether the child has stopped itself within so many seconds."""
        status: int | None = self._ask({"do": "wait", "pid": pid, "timeout": timeout, "stopped": True})
        return status == -signal.SIGSTOP

    def ended(self) -> list[tuple[int, int]]:
        """(pid, status) of the children that have ended since it was asked last."""
        return [(pid, status) for pid, status in self._ask({"do": "ended"})]

    def run(self, task: str, world: World, death: Death | None = None, **arguments: Any) -> int | None:
        """Start a child and wait for it."""
        return self.wait(self.start(task, world, death, **arguments))

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the nursery has died"
        return json.loads(answer)


def serve() -> None:
    """The nursery itself: answer one line after another."""
    import django

    django.setup()
    from tests.faults import tasks  # noqa: F401 - everything that children need is loaded once

    children: set[int] = set()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        match order["do"]:
            case "start":
                answer: Any = _fork(order, children)
            case "wait":
                answer = _await(order["pid"], order["timeout"], stopped=order["stopped"])
                if answer is not None and not order["stopped"]:
                    children.discard(order["pid"])
            case _:
                answer = [(pid, status) for pid in list(children) if (status := _await(pid, 0.0)) is not None]
                children -= {pid for pid, _ in answer}
        print(json.dumps(answer), file=answers, flush=True)
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _fork(order: dict[str, Any], children: set[int]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        children.add(pid)
        return pid
    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            _live(order)
            status = 0
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    except BaseException:  # noqa: BLE001 - said in the log, and by the status
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _live(order: dict[str, Any]) -> None:
    from domains.orchestration import points
    from tests.faults import world
    from tests.faults.steps import registered

    world.enter(World(**order["world"]))
    if order["death"]:
        points.arm(_dying(Death(**order["death"])))
    module, _, name = order["task"].rpartition(".")
    with registered():
        getattr(importlib.import_module(module), name)(**order["arguments"])


def _dying(death: Death) -> Any:
    passed = 0

    def at(point: str) -> None:
        nonlocal passed
        passed += point == death.point
        if point == death.point and passed == death.nth:
            die(death.how)

    return at


def die(how: str) -> None:
    """End this process without any clean-up, or stop it until somebody lets it go on."""
    if how == "exit":
        os._exit(137)
    os.kill(os.getpid(), signal.SIGSTOP if how == "stop" else signal.SIGKILL)


def _await(pid: int, timeout: float, *, stopped: bool = False) -> int | None:
    until = time.monotonic() + timeout
    while True:
        found, status = os.waitpid(pid, os.WNOHANG | (os.WUNTRACED if stopped else 0))
        if found and os.WIFSTOPPED(status):
            return -os.WSTOPSIG(status)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= until:
            return None
        time.sleep(0.01)


if __name__ == "__main__":
    serve()
