"""What the contract says of a program, in memory: no database, no crash, no second worker. The engine must agree.

falsy status: go on. Truthy but 400 and 500: stop, nothing is undone, `exited`. 400 and 500: undo the steps before in
reverse, return the result. An exception: likewise, and raise it. A rollback that fails for good is left out, the others
are undone, `rollback_failed`. A failed database step leaves nothing, an external one its effect. A step whose children
fail has been committed before they ran, so it is undone like those before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.faults.programs import Program

ENDED_WELL = ("success", "exited")


@dataclass(slots=True)
class Outcome:
    """`effects` and `undone` hold names of steps, in order; `raised` is the exception's class name.

    `open` says that the rollback may have failed or not: a child was stopped when another failed, sooner or later.
    """

    state: str = "success"
    result: dict[str, str] | None = None
    status: int | None = None
    raised: str = ""
    effects: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    open: bool = False


def predict(program: Program) -> Outcome:
    """How a run of the program ends when nobody cancels it."""
    outcome = Outcome()
    for seq, step in enumerate(program):
        failed = _fault(step)
        stays = step.get("kind") == "external" or failed == "ChildFailed"
        if not failed or stays:
            outcome.effects.append(step["name"])
            outcome.seen.append(step["name"])
        if step.get("does", "").isdigit():
            outcome.result, outcome.status = {"from": step["name"]}, int(step["does"])
        if failed:
            outcome.raised = "" if failed.isdigit() else failed
            undoes_itself = failed == "ChildFailed" or (stays and step.get("rollback_self"))
            itself = [step] if undoes_itself else []
            _undo([*program[:seq], *itself], outcome)
            return outcome
        if outcome.status:
            outcome.state = "exited"
            return outcome
    return outcome


def _fault(step: dict[str, Any]) -> str:
    """Why the step fails in the end: its status, or the exception's name; "" when it does not."""
    does = step.get("does", "")
    if does in ("400", "500"):
        return str(does)
    if does in ("raise", "memory"):
        return "ZeroDivisionError" if does == "raise" else "MemoryError"
    if does == "down" or step.get("fails", 0) >= step.get("attempts", 1):
        return "UpstreamFailed"
    children = [predict(child).state for child in step.get("children", ())]
    bad = any(state not in ENDED_WELL for state in children)
    return "ChildFailed" if bad and not step.get("collect") and not does else ""


def _undo(steps: Program, outcome: Outcome) -> None:
    outcome.state = "rolled_back"
    for step in reversed([step for step in steps if step.get("rollback", True)]):
        if step.get("undo") == "fail":
            outcome.state = "rollback_failed"
        else:
            outcome.undone.append(step["name"])
    for children in [step["children"] for step in steps if "children" in step]:
        if any(_may_resist(child) for child in children):
            stopped = outcome.raised == "ChildFailed" and children is steps[-1].get("children")
            outcome.open = outcome.open or stopped
            outcome.state = outcome.state if stopped else "rollback_failed"


def _may_resist(child: Program) -> bool:
    """Whether undoing the child fails if it has come to its end."""
    outcome = predict(child)
    done = child[: len(outcome.seen)]
    return outcome.state == "rollback_failed" or any(
        step.get("undo") == "fail" and step.get("rollback", True) for step in done if outcome.state in ENDED_WELL
    )
