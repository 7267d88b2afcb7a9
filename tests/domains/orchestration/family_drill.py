"""An orchestrator whose steps start child runs, which are programs of the drill or families themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.carry_out import carry_out
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.registry import OrchestratorRegistry, get_other_orchestrator
from domains.orchestration.service import runs
from domains.orchestration.start import start
from tests.domains.orchestration.drill import act, die_once, leave, undo_act

Program = list[dict[str, Any]]
ONE: Program = [{"name": "one"}]
TWO: Program = [{"name": "two"}]
BAD: Program = [{"name": "good"}, {"name": "bad", "does": "upstream"}]


@context_manager()
def have(orchestrator: MainOrchestrator, children: Sequence[Program], limit: int = 10, then: str = "") -> None:
    """Start a child for each program, then do what `then` says."""
    leave("have", "")
    orchestrator.fan_out("drill", "program", [{"program": program} for program in children], limit=limit)
    if then == "raise":
        raise ZeroDivisionError("after the children")
    if then == "cancel":
        runs.request_cancel(runs.get(uuid=orchestrator.run_uuid).pk)
    if then.startswith("die once "):
        die_once(then.removeprefix("die once "))


@context_manager()
def have_families(orchestrator: MainOrchestrator, families: Sequence[dict[str, Any]]) -> None:
    """Start a child that has children itself for each."""
    for family in families:
        orchestrator.start_child("family", "parent", **family)


@context_manager()
def have_keyed(orchestrator: MainOrchestrator, keys: Sequence[str]) -> None:
    """Start a child for each key, in the queue for bulk work."""
    for key in keys:
        program = [{"name": key}]
        orchestrator.start_child("drill", "program", key=key, queue="bulk", priority=3, program=program)


@context_manager()
def undo_have(orchestrator: MainOrchestrator, **kwargs: Any) -> None:
    """Leave a trace; do what no rollback may do if told so."""
    leave("-have", "")
    if kwargs.get("then") == "undo starts":
        orchestrator.start_child("drill", "program", program=[])


@context_manager(set_contexts={"common": ["told"]})
def tell(orchestrator: MainOrchestrator) -> None:
    """Put what has become of the children into the context."""
    told = [[child.state, child.result] for child in orchestrator.children()]
    orchestrator.set_context_value("told", told)
    orchestrator.set_context_value("result", len(told))


class FamilyOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages steps that start child runs."""

    startable: ClassVar[Mapping[str, str]] = dict.fromkeys(("parent", "grandparent", "keyed"), "orchestration.add_run")

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator
        self.drill = get_other_orchestrator(self, "drill")

    @context_manager(set_contexts={"common": ["seen", "told"]})
    def parent(
        self,
        *,
        children: Sequence[Program],
        limit: int = 10,
        collect: bool = False,
        then: str = "",
        after: str = "",
        name: str = "",
    ) -> None:
        """Description: a step, children, a step that tells what became of them, and a last step.

        Input: a program for each child, how many at a time, what the step that starts them and the last step do.
        Output: the context key told.
        """
        self._begin(name)
        kwargs = {"children": list(children), "limit": limit, "then": then}
        self.orchestrator.add_step(have, rollback=undo_have, kind="children", kwargs=kwargs, collect=collect)
        self._finish(name, after)

    @context_manager(set_contexts={"common": ["seen", "told"]})
    def grandparent(self, *, families: Sequence[dict[str, Any]], after: str = "") -> None:
        """Description: as parent, with children that have children.

        Input: the arguments of each child, and what the last step does.
        Output: the context key told.
        """
        self._begin("")
        kwargs = {"families": list(families)}
        self.orchestrator.add_step(have_families, rollback=undo_have, kind="children", kwargs=kwargs)
        self._finish("", after)

    @context_manager(set_contexts={"common": ["seen", "told"]})
    def keyed(self, *, keys: Sequence[str]) -> None:
        """Description: as parent, with children that have keys.

        Input: the keys.
        Output: the context key told.
        """
        self._begin("")
        self.orchestrator.add_step(have_keyed, rollback=undo_have, kind="children", kwargs={"keys": list(keys)})
        self._finish("", "")

    def _begin(self, name: str) -> None:
        self.orchestrator.set_context_schema({"seen": list[str], "told": list})
        self.orchestrator.add_step(act, rollback=undo_act, kwargs={"name": f"before{name}"})

    def _finish(self, name: str, after: str) -> None:
        self.orchestrator.add_step(tell)
        self.orchestrator.add_step(act, rollback=undo_act, kwargs={"name": f"after{name}", "does": after})


@contextmanager
def family_registered() -> Iterator[None]:
    """Make "family" known for a while."""
    OrchestratorRegistry.register("family", "tests.domains.orchestration.family_drill.FamilyOrchestrator")
    try:
        yield
    finally:
        OrchestratorRegistry.unregister("family")


def parent_run() -> Run:
    """The one run that no other has started."""
    return Run.objects.get(parent=None)


def child_states() -> list[str]:
    """The states of the children, in the order of their start; of waiting ones what they wait for."""
    rows = Run.objects.exclude(parent=None).order_by("id")
    return [run.waits_for if run.state == "waiting" else str(run.state) for run in rows]


def begin(method: str = "parent", **args: Any) -> Run:
    """Start a parent and carry it out until it waits; it."""
    start("family", method, **args)
    carry_out_one()
    return parent_run()


def carry_out_one() -> Run | None:
    """Carry out the run that comes first."""
    run = runs.waiting().first()
    if run:
        assert carry_out(run.pk)
    return run
