"""Vault: runs of five database steps that do nothing, one after another, "durable" or "atomic"."""

from __future__ import annotations

import sys
from collections.abc import Callable

import django

from tests.benchmarks.engine.pace import serve


def program(mode: str) -> Callable[[], object]:
    """One run: "durable" with a commit a step, "atomic" with one commit for everything."""
    from domains.orchestration.start import run_now
    from tests.benchmarks.engine.noop import register

    register()
    return lambda: run_now("noop", "five", durable=mode == "durable")


if __name__ == "__main__":
    django.setup()
    serve(program(sys.argv[1]))
