"""An orchestrator whose steps do as they are told, and leave traces: rows of the audit table, lines of a file."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any, ClassVar

from domains.audit.reads import event_list
from domains.audit.writes import record_event
from domains.base.database import in_transaction
from domains.base.errors import UpstreamFailed, ValidationFailed
from domains.orchestration import stopping
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.retries import Retry
from domains.orchestration.service import runs


def leave(text: str, file: str) -> None:
    """A trace of the step: in the file for an external step, in the audit table for a database step."""
    if file:
        with Path(file).open("a") as traces:
            traces.write(text + "\n")
    else:
        assert in_transaction()
        record_event("drill.effect", object_type="drill", object_id=text, object_name=text)


def effects() -> list[str]:
    """The traces in the database, oldest first."""
    return list(event_list().filter(action="drill.effect").order_by("id").values_list("object_id", flat=True))


@context_manager(get_contexts={"common": ["seen"]}, set_contexts={"common": ["seen"]})
def act(orchestrator: MainOrchestrator, name: str, does: str = "", undo: str = "", file: str = "") -> None:
    """Leave the trace `name`, then do what `does` says."""
    leave(f"{name} {orchestrator.idempotency_key}" if file else name, file)
    orchestrator.set_context_value("seen", [*(orchestrator.get_context_value("seen") or []), name])
    orchestrator.log(f"acting {name}")
    if does.isdigit():
        orchestrator.set_context_value("result", {"from": name})
        orchestrator.set_context_value("result_status", int(does))
    elif does == "raise":
        raise ZeroDivisionError("token=s3cr3t in a text")
    elif does == "upstream":
        raise UpstreamFailed("The other side is down.")
    elif does == "refuse":
        raise ValidationFailed("It does not fit.")
    elif does.startswith("fail "):
        fail_at_first(*does.split(" ")[1:])
    elif does.startswith("sleep "):
        sleep(float(does.removeprefix("sleep ")))
    elif does == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif does.startswith("die once "):
        die_once(does.removeprefix("die once "))
    elif does.startswith("wait for "):
        wait_for_file(Path(does.removeprefix("wait for ")))
    elif does.startswith("cancel"):
        runs.request_cancel(runs.get(uuid=orchestrator.run_uuid).pk)
        if does.endswith("fail"):
            raise UpstreamFailed("The other side is down.")
        orchestrator.set_context_value("result_status", int(does.removeprefix("cancel") or 0))


def fail_at_first(times: str, file: str) -> None:
    """Fail so many times, counted by the lines of the file."""
    with Path(file).open("a+") as calls:
        calls.write("called\n")
        calls.seek(0)
        if len(calls.readlines()) <= int(times):
            raise UpstreamFailed("The other side is busy.")


def has_traces(orchestrator: MainOrchestrator, name: str, file: str = "", **others: str) -> bool:
    """Whether an external step of that name has left its trace, as its provider would answer."""
    orchestrator.log(f"asked for {name}")
    return Path(file).exists() and f"{name} {orchestrator.idempotency_key}" in Path(file).read_text()


@context_manager(get_contexts={"common": ["seen"]})
def undo_act(orchestrator: MainOrchestrator, name: str, does: str = "", undo: str = "", file: str = "") -> None:
    """Leave the trace `-name`, unless `undo` says to fail."""
    if undo == "fail":
        raise ZeroDivisionError("cannot undo")
    if undo.startswith("fail once "):
        marker = Path(undo.removeprefix("fail once "))
        if not marker.exists():
            marker.touch()
            raise ZeroDivisionError("cannot undo yet")
    if undo.startswith("die once "):
        die_once(undo.removeprefix("die once "))
    if undo.startswith("sleep "):
        sleep(float(undo.removeprefix("sleep ")))
    leave(f"-{name}", file)


def wait_for_file(file: Path) -> None:
    """Until somebody makes it, for minutes at most; files beside it say who waits, and that it was asked to stop."""
    file.with_suffix(".waiting").write_text(str(os.getpid()))
    until = time.monotonic() + 200
    while not file.exists() and time.monotonic() < until:
        if stopping.requested():
            file.with_suffix(".asked").touch()
        time.sleep(0.02)


def die_once(marker: str) -> None:
    """Kill this process without any clean-up, the first time."""
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)


class DrillOrchestrator(metaclass=BaseOrchestrator):
    """Description: runs programs of steps for tests."""

    startable: ClassVar[Mapping[str, str]] = {"program": "orchestration.add_run"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(set_contexts={"common": ["seen"]})
    def program(self, *, program: Sequence[dict[str, Any]]) -> None:
        """Description: stages one step a dict.

        Input: the arguments of `act` for each, and those of `add_step`.
        Output: the context key seen, the names of the steps that ran.
        """
        self.orchestrator.set_context_schema({"seen": list[str]})
        for step in program:
            kwargs = {k: v for k, v in step.items() if k in ("name", "does", "undo", "file")}
            self.orchestrator.add_step(
                act,
                rollback=undo_act if step.get("rollback", True) else None,
                title=f"Act {step['name']}",
                kind="external" if step.get("external") else "db",
                kwargs=kwargs,
                rollback_self=step.get("rollback_self", False),
                retry=Retry(**step["retry"]) if "retry" in step else None,
                timeout_s=step.get("timeout_s"),
                verify=has_traces if step.get("verify") else None,
            )


@contextmanager
def registered() -> Iterator[None]:
    """Make "drill" known for a while."""
    OrchestratorRegistry.register("drill", "tests.domains.orchestration.drill.DrillOrchestrator")
    try:
        yield
    finally:
        OrchestratorRegistry.unregister("drill")
