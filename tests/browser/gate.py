"""An orchestrator whose second step waits until the test opens the gate."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import ClassVar

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.registry import OrchestratorRegistry

GATE = threading.Event()
LONGEST_S = 60.0


@context_manager()
def go(orchestrator: MainOrchestrator) -> None:
    """Nothing but a line in the log."""
    orchestrator.log("going")


@context_manager()
def wait(orchestrator: MainOrchestrator) -> None:
    """Stand still until the gate opens."""
    assert GATE.wait(LONGEST_S), "the test never opened the gate"


@context_manager()
def back(orchestrator: MainOrchestrator) -> None:
    """Nothing is to be undone."""


class GateOrchestrator(metaclass=BaseOrchestrator):
    """Description: a walk through a gate."""

    startable: ClassVar[Mapping[str, str]] = {"walk": "orchestration.add_run"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager()
    def walk(self) -> None:
        """Description: three steps, the second of which waits.

        Input: nothing.
        Output: nothing.
        """
        self.orchestrator.add_step(go, rollback=back, title="Go to the gate")
        self.orchestrator.add_step(wait, rollback=back, title="Wait at the gate", kind="external")
        self.orchestrator.add_step(go, rollback=back, title="Go on")


@contextmanager
def gate_registered() -> Iterator[None]:
    """Make "gate" known for a while."""
    OrchestratorRegistry.register("gate", "tests.browser.gate.GateOrchestrator")
    try:
        yield
    finally:
        OrchestratorRegistry.unregister("gate")
