"""A run in a few lines: how far it is, what went wrong in plain words, and what to do about it."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dashboards.runs.advice import advice
from domains.orchestration import reads


@dataclass(frozen=True, slots=True)
class RunCard:
    """`percent` counts finished steps and the part of the current one; `note` is the message in the run's result,
    `message` that of its error. `worker_missing` says that nobody will come. `etag` changes with whatever is shown,
    `at` is now in Unix seconds.
    """

    detail: reads.RunDetail
    percent: int
    headline: str
    note: str
    message: str
    advice: str
    worker_missing: bool
    etag: str
    at: str

    @property
    def figures(self) -> dict[str, Any]:
        """The run's result by name, without the message, which is shown as a sentence."""
        result = self.detail.result
        named = result if isinstance(result, dict) else {} if result is None else {"result": result}
        return {
            name.replace("_", " ").capitalize(): value
            for name, value in named.items()
            if name != "message" or value != self.note
        }

    @property
    def run(self) -> Any:
        """The run's row."""
        return self.detail.run


def run_card_context(uuid: UUID | str) -> dict[str, Any]:
    """The context of `runs/_card.html`: {"run": RunCard}. Raises NotFound."""
    return {"run": run_card(reads.run_detail(uuid))}


def run_card(detail: reads.RunDetail) -> RunCard:
    """The card of a run."""
    run = detail.run
    error = run.error or {}
    missing = run.state == "queued" and reads.is_worker_missing()
    return RunCard(
        detail=detail,
        percent=_percent(detail),
        headline=_headline(detail),
        note=_note(detail.result),
        message=str(error.get("message", "")),
        advice=advice(run),
        worker_missing=missing,
        etag=_etag(detail, missing),
        at=f"{time.time():.1f}",
    )


def _percent(detail: reads.RunDetail) -> int:
    if not detail.steps:
        return 100
    current = detail.current
    part = current.done / current.total if current and current.done and current.total else 0.0
    return min(100, round(100 * (detail.done_count + min(part, 1.0)) / len(detail.steps)))


_WAITING = {
    "children": "Waiting for its child runs",
    "retry": "Waiting to try a step again",
    "turn": "Waiting for its turn",
}


def _headline(detail: reads.RunDetail) -> str:
    run, current, count = detail.run, detail.current, len(detail.steps)
    if run.state == "queued":
        return "Waiting for a worker"
    if run.state == "waiting":
        return _WAITING.get(run.waits_for, "Waiting")
    if run.state == "exited":
        return f"It ended by itself after step {detail.done_count} of {count}"
    if current is None:
        return f"{detail.done_count} of {count} steps done"
    if run.state == "rolling_back":
        return f"Undoing step {current.number} of {count}: {current.title}"
    return f"Step {current.number} of {count}: {current.title}{_progress(current)}"


def _note(result: Any) -> str:
    note = result.get("message") if isinstance(result, dict) else None
    return note if isinstance(note, str) else ""


def _progress(step: reads.StepView) -> str:
    if step.done is None:
        return ""
    figures = f"{step.done:,} of {step.total:,}" if step.total else f"{step.done:,}"
    return f" ({figures} {step.note})" if step.note else f" ({figures})"


def _etag(detail: reads.RunDetail, missing: bool) -> str:
    run = detail.run
    steps = [(s.state, s.attempt, s.done, s.note, s.undone.state if s.undone else "") for s in detail.steps]
    waits = (run.waits_for, run.retry_at, run.pending_children, run.lease_until, run.deadline)
    shown = (missing, run.state, run.epoch, run.cursor, run.cancel_requested, len(detail.log), steps, waits)
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:24]
