"""Programs that wait in processes of their own until it is their turn to work for a few seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

from tests.benchmarks.engine.pace import MARK

PROJECT = Path(__file__).resolve().parents[3]
PROGRAMS = "tests.benchmarks.engine"
PEERS_PYTHON = PROJECT / ".venv-bench" / "bin" / "python"


@dataclass(slots=True)
class Contestant:
    """`program` is a module of this package with its arguments; `rounds` holds what each round has measured.

    The benchmark goes on without one that `may_fail`.
    """

    name: str
    unit: str
    program: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable
    may_fail: bool = False
    rounds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle of its rounds."""
        return median(self.rounds)

    def process(self, errors: IO[str]) -> subprocess.Popen[str]:
        """Its process, getting ready."""
        module, *arguments = self.program
        return subprocess.Popen(
            [self.python, "-m", f"{PROGRAMS}.{module}", *arguments],
            cwd=PROJECT,
            env=os.environ | self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def compete(contestants: Sequence[Contestant], *, rounds: int, seconds: float, errors: Path) -> None:
    """Let each work for `seconds`, one after the other, `rounds` times; `errors` takes what they complain about."""
    with ExitStack() as stack:
        log = stack.enter_context(errors.open("a"))
        processes = []
        for contestant in contestants:
            process = stack.enter_context(running(contestant, log))
            if is_ready(contestant, process, errors):
                processes.append((contestant, process))
        for _ in range(rounds):
            for contestant, process in processes:
                assert process.stdin
                process.stdin.write(f"{seconds}\n")
                process.stdin.flush()
                contestant.rounds.append(answer(process, errors))


def is_ready(contestant: Contestant, process: subprocess.Popen[str], errors: Path) -> bool:
    """Wait until it can work; False when it has failed and may."""
    try:
        answer(process, errors)
    except RuntimeError:
        if not contestant.may_fail:
            raise
        return False
    return True


@contextmanager
def running(contestant: Contestant, log: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """Its process, ended by the end of its input."""
    process = contestant.process(log)
    try:
        yield process
    finally:
        assert process.stdin
        process.stdin.close()
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            process.kill()


def answer(process: subprocess.Popen[str], errors: Path) -> Any:
    """The next figure that the process tells. Raises RuntimeError with its last words when it ends instead."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith(MARK):
            return json.loads(line.removeprefix(MARK))
    raise RuntimeError(f"{process.args!r} ended early:\n{errors.read_text()[-2000:]}")


def figures(contestant: Contestant, errors: Path) -> Any:
    """What a program tells that works once and ends."""
    with errors.open("a") as log, running(contestant, log) as process:
        return answer(process, errors)
