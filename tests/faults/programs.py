"""Programs of steps, as JSON: what the orchestrator of the fault tests stages, and what the model predicts.

A step is a dict; every key but `name` may be missing:

name           of the effect
kind           db (default), external, children
does           "" go on, "200" end early, "400" / "500" roll back, "raise", "down" (retryable, for ever)
fails          fails that often with a retryable error before it succeeds
attempts       how often it is tried, with `pause` seconds between; missing: once
verify         an external step that is asked about before it is called again
undo           "" works, "fail once", "fail"
rollback       False: it has none
rollback_self  its rollback is called when it fails itself
children       programs of its child runs; `limit` of them at once; `collect`: it goes on when some fail
ms             how long it sleeps before its effect
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from domains.orchestration.retries import Retry

Program = list[dict[str, Any]]
T = TypeVar("T")
Pick = Callable[[Sequence[T]], T]
ARGUMENTS = ("name", "does", "fails", "undo", "children", "limit", "ms")
SPARE_ATTEMPTS = 6
"""More than the failures of a step that shall succeed, since a call whose worker dies is an attempt too."""


def staged(step: dict[str, Any]) -> dict[str, Any]:
    """The step's options of `add_step`, and `verify`."""
    kind = step.get("kind", "db")
    arguments = {key: step[key] for key in ARGUMENTS if key in step} | {"external": kind == "external"}
    options: dict[str, Any] = {"kind": kind, "kwargs": arguments, "rollback_self": step.get("rollback_self", False)}
    if step.get("attempts", 1) > 1:
        options["retry"] = Retry(step["attempts"], first_s=step["pause"], factor=1.0, jitter=0.0)
    return options | {key: True for key in ("verify", "collect") if step.get(key)}


@dataclass(frozen=True, slots=True)
class Range:
    """What is chosen from: how long steps sleep (ms) and pause between attempts (s), and whether there are children."""

    ms: Sequence[int] = (0,)
    pauses: Sequence[float] = (0.001,)
    families: bool = True


def program(pick: Pick[Any], within: Range, *, most: int = 5) -> Program:
    """A program of up to `most` steps; `pick` chooses from what it is given, and so decides everything."""
    return [_step(pick, f"s{number}", within) for number in range(pick(range(1, most + 1)))]


def _step(pick: Pick[Any], name: str, within: Range) -> dict[str, Any]:
    ms, families = within.ms, within.families
    kinds = ("db", "db", "db", "external", "external", *(("children",) if families else ()))
    step: dict[str, Any] = {"name": name, "kind": pick(kinds), "ms": pick(ms)}
    step["does"] = pick(("",) * 12 + ("200", "400", "500", "raise", "down"))
    step["rollback"] = pick((True, True, True, False))
    step["undo"] = pick(("",) * 8 + ("fail once", "fail"))
    if step["kind"] == "external":
        step["rollback_self"] = pick((False, True))
        step["verify"] = not step["does"] and pick((False, True))
    if step["kind"] == "children":
        step["does"] = pick(("", "", "", "raise"))
        _make_parent(step, pick, within)
    elif step["does"] in ("", "down") and not step.get("verify"):
        _make_flaky(step, pick, within.pauses)
    return step


def _make_flaky(step: dict[str, Any], pick: Pick[Any], pauses: Sequence[float]) -> None:
    step["fails"] = pick((0, 0, 0, 1, 2)) if step["does"] == "" else 0
    if step["fails"]:
        step["attempts"] = step["fails"] + SPARE_ATTEMPTS
    elif step["does"] == "down":
        step["attempts"] = pick((1, 2))
    if step.get("attempts", 1) > 1:
        step["pause"] = pick(pauses)


def _make_parent(step: dict[str, Any], pick: Pick[Any], within: Range) -> None:
    alone = replace(within, families=False)
    step["children"] = [program(pick, alone, most=2) for _ in range(pick((1, 2, 3)))]
    step["limit"] = pick((1, 2, 10))
    step["collect"] = pick((False, True))
