"""Runs as rows, in states that are hard to reach by running."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from domains.orchestration.models import Run

RETRY = {"attempts": 5, "first_s": 20.0, "factor": 2.0, "most_s": 300.0, "jitter": 0.2, "every_error": False}
ERROR = {"code": "upstream_failed", "message": "The other side is down.", "retryable": True}
BEGUN_S = 100


def plan(*kinds: str) -> dict[str, Any]:
    """A plan with a step a kind, called A, B, C…; each may be called five times."""
    steps = [
        {
            "forward": f"steps.{number}",
            "rollback": "steps.undo",
            "title": "ABCDEF"[number],
            "kind": kind,
            "retry": RETRY,
        }
        for number, kind in enumerate(kinds)
    ]
    return {"steps": steps, "schema": {}}


def make(state: str, *kinds: str, **values: Any) -> Run:
    """A run of that state that was begun 100 s ago."""
    begun = timezone.now() - timedelta(seconds=BEGUN_S)
    names = {"orchestrator": "drill", "method": "program", "started": begun}
    run = Run.objects.create(**names | {"plan": plan(*(kinds or ("db", "db", "db")))} | values, state=state)
    Run.objects.filter(pk=run.pk).update(created=begun)
    return run


def step(run: Run, seq: int, state: str = "done", *, since: float = 0, until: float | None = 1, **values: Any) -> Any:
    """A row of the journal; `since` and `until` are seconds after the run's start."""
    assert run.started
    return run.steps.create(
        **{"phase": "fwd", "name": f"steps.{seq}", "kind": "db"} | values,
        seq=seq,
        state=state,
        started=run.started + timedelta(seconds=since),
        ended=None if until is None else run.started + timedelta(seconds=until),
    )
