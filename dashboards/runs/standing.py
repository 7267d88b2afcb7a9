"""What stands on top of a run's page: what is going on, why, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.runs.advice import advice
from dashboards.shell.figures import duration
from domains.orchestration import reads

COMMAND = "./dj.sh worker"


@dataclass(frozen=True, slots=True)
class Standing:
    """`text`, then `until` as a moment that counts down, then `rest`; `link` is the run where something is to be done,
    `command` what starts what is missing, `more` the second line: what to do now, or what it
    said. `tone` is "", "ok", "run", "warn" or "bad".
    """

    tone: str
    icon: str
    text: str
    until: datetime | None = None
    rest: str = ""
    link: Any = None
    command: str = ""
    more: str = ""


def standing(
    detail: reads.RunDetail, family: reads.Family | None, *, worker_missing: bool, ahead: int, note: str
) -> Standing:
    """What is said of a run. `ahead` is how many queued runs come before this one, `note` what its result says."""
    run = detail.run
    if run.is_active and run.cancel_requested and run.state != "rolling_back":
        return Standing("warn", "ban", f"It is being cancelled: {_turning_back(detail)}")
    if run.state == "queued":
        return _queued(detail, worker_missing, ahead)
    if run.state == "waiting":
        return _WAITS[run.waits_for](detail, family)
    if run.is_active:
        return _working(detail)
    return _ended(detail, note)


def _turning_back(detail: reads.RunDetail) -> str:
    if not detail.done_count and detail.current is None:
        return "it ends as soon as a worker looks at it."
    return "it stops before its next step, then undoes what it has done."


def _queued(detail: reads.RunDetail, worker_missing: bool, ahead: int) -> Standing:
    what = "It waits for a worker"
    if detail.run.started:
        number = detail.run.cursor + 1
        back = detail.run.direction == "back"
        what = f"It goes on {'undoing' if back else 'at'} step {number} as soon as a worker is free"
    if worker_missing:
        return Standing("warn", "triangle-alert", "No worker is running, so it waits. Start one with", command=COMMAND)
    before = f"; {ahead:,} run{'' if ahead == 1 else 's'} of its queue come{'s' if ahead == 1 else ''} first"
    return Standing("", "clock", f"{what}{before if ahead else ', it is the next of its queue'}.")


def _for_children(detail: reads.RunDetail, family: reads.Family | None) -> Standing:
    if family and family.stuck:
        child = family.stuck
        text = (
            f"A child run is {child.get_state_display().lower()}, so this one cannot go on. Mend and resume the child:"
        )
        return Standing("bad", "circle-x", text, link=child)
    count = detail.run.pending_children
    total = family.total if family else count
    doing = "go on" if detail.run.direction == "fwd" else "go on undoing"
    text = f"It waits for {count:,} of its {total:,} child run{'' if total == 1 else 's'}, then it will {doing}."
    return Standing("run", "clock", text)


def _for_retry(detail: reads.RunDetail, family: reads.Family | None) -> Standing:
    step = detail.current
    if step is None:
        return Standing("warn", "rotate-ccw", "It is tried again", detail.run.retry_at, ".")
    rest = f", attempt {step.attempt + 1} of {step.attempts}." if step.attempts > step.attempt else "."
    more = "“Retry step now” does not wait." if detail.run.retry_at else ""
    text = f"Step {step.number}, “{step.title}”, failed{_because(step.error)} It is tried again"
    return Standing("warn", "rotate-ccw", text, detail.run.retry_at, rest, more=more)


def _for_turn(detail: reads.RunDetail, family: reads.Family | None) -> Standing:
    text = "It waits for its turn: its parent lets only some of its child runs go at a time."
    return Standing("", "clock", text, link=family.parent if family else None)


_WAITS: dict[str, Callable[[reads.RunDetail, reads.Family | None], Standing]] = {
    "children": _for_children,
    "retry": _for_retry,
    "turn": _for_turn,
    "": lambda detail, family: Standing("", "clock", "It waits."),
}


def _working(detail: reads.RunDetail) -> Standing:
    step, count = detail.current, len(detail.steps)
    if detail.lease and detail.lease.is_expired:
        text = "Its worker was last heard of"
        return Standing("warn", "zap", text, detail.lease.renewed, ". Another one takes over within a minute.")
    if step is None:
        return Standing("run", "refresh-cw", "Its last steps are done; it is about to end.")
    if detail.run.state == "rolling_back":
        return Standing("warn", "undo-2", f"It is undoing step {step.number} of {count}, “{step.title}”.")
    if step.state == "retrying":
        return _for_retry(detail, None)
    return Standing("run", "refresh-cw", f"Step {step.number} of {count}, “{step.title}”, is under way.")


def _ended(detail: reads.RunDetail, note: str) -> Standing:
    run = detail.run
    if run.state == "success":
        took = f" in {duration(run.duration.total_seconds())}" if run.duration is not None else ""
        steps = f"{detail.done_count} of {len(detail.steps)} steps done"
        return Standing("ok", "circle-check", f"It succeeded, {steps}{took}; nothing is left to do.", more=note)
    if run.state == "exited":
        text = f"It ended by itself after step {detail.done_count} of {len(detail.steps)}, as it was told to."
        return Standing("ok", "circle-check", text, more=note)
    if run.state == "cancelled":
        return Standing("", "ban", "It was cancelled.", more=advice(run))
    return Standing("bad", "circle-x" if run.is_stuck else "undo-2", _what_failed(detail), more=advice(run))


def _what_failed(detail: reads.RunDetail) -> str:
    run, count = detail.run, len(detail.steps)
    if run.is_stuck:
        title = f", “{detail.steps[run.cursor].title}”" if 0 <= run.cursor < count else ""
        return f"It stopped at step {run.cursor + 1} of {count}{title}{_because(run.error)}"
    failed = next((step for step in detail.steps if step.error), None)
    if failed is None:
        return f"It failed{_because(run.error)}"
    return f"Step {failed.number} of {count}, “{failed.title}”, failed{_because(failed.error)}"


def _because(error: Any) -> str:
    """ ": Notion answered 502." for an error that says something, else "."."""
    message = str((error or {}).get("message", "")).strip()
    end = "" if message.endswith((".", "!", "?", "…")) else "."
    return f": {message}{end}" if message else "."
