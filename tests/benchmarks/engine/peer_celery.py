"""Celery on Redis: a "chain" of five tasks that do nothing, or a "group" of a hundred, each awaited before the next.

The worker is a child process with two processes of its own.

The Redis is that of the environment's BENCH_REDIS_URL.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from celery import Celery, chain, group

from tests.benchmarks.engine.pace import serve

PROJECT = Path(__file__).resolve().parents[3]
NAME = "tests.benchmarks.engine.peer_celery"
URL = os.environ["BENCH_REDIS_URL"]
app = Celery(NAME, broker=URL, backend=URL)


def nothing(before: object = None) -> None:
    """Do nothing."""


no_op = app.task(name="no_op")(nothing)


def five() -> None:
    """One chain, to its end."""
    chain(no_op.si(), no_op.si(), no_op.si(), no_op.si(), no_op.si())().get(timeout=60)


def hundred() -> None:
    """One group, to its end."""
    group(no_op.si() for _ in range(100))().get(timeout=60)


def main(program: str) -> None:
    """Start the worker and work for the benchmark."""
    command = [sys.executable, "-m", "celery", "-A", NAME, "worker", "--concurrency", "2", "--loglevel", "ERROR"]
    worker = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        serve({"chain": five, "group": hundred}[program])
    finally:
        worker.terminate()
        worker.wait(timeout=30)


if __name__ == "__main__":
    main(sys.argv[1])
