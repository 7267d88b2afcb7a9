"""An orchestrator whose steps do nothing, and what registers it."""

from __future__ import annotations

import os
import time

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.registry import OrchestratorRegistry


@context_manager(get_contexts={"common": ["seen"]}, set_contexts={"common": ["seen"]})
def no_op(orchestrator: MainOrchestrator) -> None:
    """Do nothing."""


@context_manager()
def stamp(orchestrator: MainOrchestrator, file: str) -> None:
    """Append the time to a file."""
    write_stamp(file)


@context_manager()
def spread(orchestrator: MainOrchestrator, count: int) -> None:
    """Start child runs; the worker that calls this has not registered the orchestrator itself."""
    register()
    orchestrator.fan_out("noop", "one", [{}] * count, limit=count)


def write_stamp(file: str) -> None:
    """Append the time to a file: what a bare task of the queue does."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{time.time():.6f}\n".encode())
    os.close(handle)


class NoopOrchestrator(metaclass=BaseOrchestrator):
    """Description: runs that cost nothing but the engine."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(get_contexts={"common": ["seen"]}, set_contexts={"common": ["seen"]})
    def five(self) -> None:
        """Description: stages five steps that do nothing.

        Input: nothing.
        Output: nothing.
        """
        for _ in range(5):
            self.orchestrator.add_step(no_op)

    @context_manager(get_contexts={"common": ["seen"]}, set_contexts={"common": ["seen"]})
    def one(self) -> None:
        """Description: stages one step that does nothing.

        Input: nothing.
        Output: nothing.
        """
        self.orchestrator.add_step(no_op)

    @context_manager()
    def fan(self, *, count: int, file: str) -> None:
        """Description: stages child runs of one step each, and a step after them that notes when it was called.

        Input: how many, and the file.
        Output: a line of the file.
        """
        self.orchestrator.add_step(spread, kind="children", kwargs={"count": count})
        self.orchestrator.add_step(stamp, kwargs={"file": file})

    @context_manager()
    def stamped(self, *, file: str) -> None:
        """Description: stages one step that notes when it was called.

        Input: the file.
        Output: a line of the file.
        """
        self.orchestrator.add_step(stamp, kwargs={"file": file})


def register() -> None:
    """Make "noop" known to this process."""
    OrchestratorRegistry.register("noop", f"{__name__}.NoopOrchestrator")
