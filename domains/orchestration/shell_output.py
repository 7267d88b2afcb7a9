"""Runs as plain text, for a shell. Times are in UTC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from domains.orchestration.models import Run
from domains.orchestration.run_detail import RunDetail, StepView
from domains.orchestration.run_lists import Family

HEADINGS = ("UUID", "Run", "State", "Queue", "Attempt", "Created", "Seconds", "By")
STEP_HEADINGS = ("Step", "Title", "State", "Attempt", "Seconds", "Rollback")
LAST_LINES = 20
SHOWN = 300


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, its columns as wide as they need."""
    cells = [tuple(headings), *map(tuple, rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def run_row(run: Run) -> tuple[str, ...]:
    """One run for the table of `HEADINGS`."""
    duration = run.duration
    seconds = "" if duration is None else f"{duration.total_seconds():.1f}"
    return (
        str(run.uuid),
        run.name,
        state_words(run),
        run.queue,
        str(run.attempt),
        moment(run.created),
        seconds,
        run.actor_name,
    )


def state_words(run: Run) -> str:
    """The state with what a waiting run waits for, such as "waiting for children"."""
    words = f"{run.state} for {run.waits_for}" if run.waits_for else str(run.state)
    return f"{words}, cancelling" if run.cancel_requested and run.is_active else words


def moment(value: datetime | None) -> str:
    """Such as "2026-11-21 14:05:09"; "" for none."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") if value else ""


def run_lines(detail: RunDetail, family: Family) -> Iterator[str]:
    """One run with its steps and the end of its log, line by line."""
    for name, value in _facts(detail, family):
        if value:
            yield f"{name:<12}{value}"
    yield ""
    yield from table(STEP_HEADINGS, [_step_row(step) for step in detail.steps])
    for step in detail.steps:
        if step.error:
            yield f"{step.number} {step.title}: {error_words(step.error)}"
        if step.undone and step.undone.error:
            yield f"{step.number} {step.title}, rollback: {error_words(step.undone.error)}"
    if detail.log:
        yield ""
        yield from (f"{moment(line.at)}  {line.seq + 1}  {line.line}" for line in detail.log[-LAST_LINES:])
    if len(detail.log) > LAST_LINES:
        yield f"{len(detail.log) - LAST_LINES} earlier lines are on its page, {detail.run.get_absolute_url()}."


def error_words(error: dict[str, Any] | None) -> str:
    """The message of a stored error, with its faults by field."""
    if not error:
        return ""
    faults = [f"{name}: {fault}" for name, faults in error.get("fields", {}).items() for fault in faults]
    return "\n  ".join([str(error.get("message", "")), *faults])


def _facts(detail: RunDetail, family: Family) -> list[tuple[str, str]]:
    run = detail.run
    states = ", ".join(f"{count} {state}" for state, count in sorted(family.counts.items()))
    return [
        ("Run", f"{run.name} {run.uuid}"),
        ("State", state_words(run)),
        ("Error", error_words(run.error)),
        ("Queue", f"{run.queue}, priority {run.priority}"),
        ("Key", run.key),
        ("By", run.actor_name),
        ("Application", run.application),
        ("Parent", str(family.parent.uuid) if family.parent else ""),
        ("Children", states),
        ("Created", moment(run.created)),
        ("Started", moment(run.started)),
        ("Ended", moment(run.ended)),
        ("Retry at", moment(run.retry_at)),
        ("Deadline", moment(run.deadline)),
        ("Result", "" if detail.result is None else json.dumps(detail.result, ensure_ascii=False)[:SHOWN]),
        ("Worker", f"{detail.lease.owner} until {moment(detail.lease.until)}" if detail.lease else ""),
        ("Claims", f"{run.attempt}, epoch {run.epoch}"),
    ]


def _step_row(step: StepView) -> tuple[str, ...]:
    attempt = f"{step.attempt} of {step.attempts}" if step.attempts > 1 else str(step.attempt)
    seconds = "" if step.duration is None else f"{step.duration:.1f}"
    rollback = str(step.undone.state) if step.undone else ("" if step.has_rollback else "none")
    return str(step.number), step.title, step.state, attempt, seconds, rollback
