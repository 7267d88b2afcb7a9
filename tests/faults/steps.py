"""The orchestrator of the fault tests: its steps leave an effect, then do as their program says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import sleep
from typing import Any, ClassVar

from domains.base.database import in_transaction
from domains.base.errors import UpstreamFailed
from domains.orchestration import points
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.journal import Journal
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.registry import OrchestratorRegistry
from tests.faults.programs import Program, staged
from tests.faults.service import ask
from tests.faults.world import Effect, add_effect, here

NAME = "faults"
BOTH = {"common": ["seen", "undone"]}


def seq_of(orchestrator: MainOrchestrator) -> int:
    """The number of the running step, as its idempotency key tells."""
    return int(orchestrator.idempotency_key.rpartition(":")[2])


def leave(orchestrator: MainOrchestrator, name: str, phase: str, *, external: bool) -> None:
    """The effect: a row in the step's transaction, or a request with the step's key and no transaction around it."""
    seq = seq_of(orchestrator)
    if external:
        assert not in_transaction() or here().wrapped
        ask("POST", here().port, path_of(orchestrator, seq, phase), orchestrator.idempotency_key)
        return
    assert in_transaction()
    epoch = orchestrator.reporter.run.epoch if isinstance(orchestrator.reporter, Journal) else -1
    add_effect(Effect(str(orchestrator.run_uuid), seq, phase, epoch, name))


def path_of(orchestrator: MainOrchestrator, seq: int, phase: str) -> str:
    """What the service is asked to do for this step."""
    return f"/{orchestrator.run_uuid}/{seq}/{phase}"


@context_manager(get_contexts=BOTH, set_contexts=BOTH)
def act(
    orchestrator: MainOrchestrator,
    name: str,
    does: str = "",
    fails: int = 0,
    undo: str = "",
    external: bool = False,
    children: Sequence[Program] = (),
    limit: int = 10,
    ms: int = 0,
) -> None:
    """Leave the effect, add the name to "seen", then do what `does` says."""
    points.reach("drill.before_write")
    sleep(ms / 1000)
    leave(orchestrator, name, "fwd", external=external)
    points.reach("drill.after_write")
    orchestrator.set_context_value("seen", [*(orchestrator.get_context_value("seen") or []), name])
    if children:
        orchestrator.fan_out(NAME, "program", [{"program": list(child)} for child in children], limit=limit)
    behave(orchestrator, name, does, fails)


def behave(orchestrator: MainOrchestrator, name: str, does: str, fails: int) -> None:
    """End the run, fail for good, or fail the first `fails` times."""
    if does.isdigit():
        orchestrator.set_context_value("result", {"from": name})
        orchestrator.set_context_value("result_status", int(does))
    elif does == "raise":
        raise ZeroDivisionError(name)
    elif does == "memory":
        bytearray(1 << 30)
    elif does == "down":
        raise UpstreamFailed("The other side is down.")
    elif fails and here().count(f"{orchestrator.idempotency_key}.fwd") < fails:
        raise UpstreamFailed("The other side is down for a moment.")


@context_manager(get_contexts=BOTH, set_contexts=BOTH)
def undo_act(
    orchestrator: MainOrchestrator,
    name: str,
    undo: str = "",
    external: bool = False,
    ms: int = 0,
    **others: Any,
) -> None:
    """Leave the effect of the rollback, unless `undo` says "fail" (always) or "fail once"."""
    points.reach("drill.in_rollback")
    sleep(ms / 1000)
    leave(orchestrator, name, "back", external=external)
    orchestrator.set_context_value("undone", [*(orchestrator.get_context_value("undone") or []), name])
    if undo == "fail" or (undo == "fail once" and not here().count(f"{orchestrator.idempotency_key}.back")):
        raise ZeroDivisionError(f"cannot undo {name}")


@context_manager(get_contexts=BOTH, set_contexts=BOTH)
def was_done(orchestrator: MainOrchestrator, name: str, **others: Any) -> bool:
    """Ask the service whether the step was done; for steps that are verified before they are called again."""
    done = ask("GET", here().port, path_of(orchestrator, seq_of(orchestrator), "fwd"), orchestrator.idempotency_key)
    if done:
        orchestrator.set_context_value("seen", [*(orchestrator.get_context_value("seen") or []), name])
    return done


class FaultsOrchestrator(metaclass=BaseOrchestrator):
    """Description: runs programs of steps that fail in all the ways there are."""

    startable: ClassVar[Mapping[str, str]] = {"program": "orchestration.add_run"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(get_contexts=BOTH, set_contexts=BOTH)
    def program(self, *, program: Program) -> None:
        """Description: stages one step for each of the program.

        Input: the program, see `programs.py`.
        Output: the context keys seen and undone, the names of the steps that ran and that were undone.
        """
        self.orchestrator.set_context_schema({"seen": list[str], "undone": list[str]})
        for step in program:
            options = staged(step)
            if options.pop("verify", False):
                options["verify"] = was_done
            self.orchestrator.add_step(act, rollback=undo_act if step.get("rollback", True) else None, **options)


@contextmanager
def registered() -> Iterator[None]:
    """Make the orchestrator known for a while."""
    OrchestratorRegistry.register(NAME, "tests.faults.steps.FaultsOrchestrator")
    try:
        yield
    finally:
        OrchestratorRegistry.unregister(NAME)
