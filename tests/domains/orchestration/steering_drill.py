"""An orchestrator whose steps and rollbacks fail as long as a file is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from domains.base.errors import UpstreamFailed
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.retries import Retry
from tests.domains.orchestration.drill import leave


@context_manager()
def work(orchestrator: MainOrchestrator, name: str, while_: str = "", undo_while: str = "") -> None:
    """Leave the trace `name`, or fail while the file `while_` is there."""
    if while_ and Path(while_).exists():
        raise UpstreamFailed(f"{name} does not go.")
    leave(name, "")


@context_manager()
def undo_work(orchestrator: MainOrchestrator, name: str, while_: str = "", undo_while: str = "") -> None:
    """Leave the trace `-name`, or fail while the file `undo_while` is there."""
    if undo_while and Path(undo_while).exists():
        raise UpstreamFailed(f"-{name} does not go.")
    leave(f"-{name}", "")


class SteeredOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages steps that wait for their next attempt."""

    startable: ClassVar[Mapping[str, str]] = {"steps": "orchestration.add_run"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager()
    def steps(self, *, steps: Sequence[dict[str, Any]], attempts: int = 1, first_s: float = 60.0) -> None:
        """Description: stages one step a dict.

        Input: the arguments of `work` for each, how often a step is called and the first pause.
        Output: nothing.
        """
        retry = Retry(attempts, first_s=first_s, jitter=0.0)
        for step in steps:
            self.orchestrator.add_step(work, rollback=undo_work, title=f"Work {step['name']}", kwargs=step, retry=retry)


@contextmanager
def steered_registered() -> Iterator[None]:
    """Make "steered" known for a while."""
    OrchestratorRegistry.register("steered", "tests.domains.orchestration.steering_drill.SteeredOrchestrator")
    try:
        yield
    finally:
        OrchestratorRegistry.unregister("steered")
