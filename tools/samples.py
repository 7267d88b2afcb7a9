"""Runs in the states that a screenshot rarely meets, written as rows: nothing carries them out.

Workers leave them alone, since no worker takes what waits, is leased or has ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django_q.models import Task

from domains.orchestration.models import Run, Step

TITLES = ("Read the workspace", "Fetch changed pages", "Export each application", "Publish")
KINDS = ("db", "external", "children", "db")
ERROR = {"code": "upstream_failed", "message": "Notion answered 502 to 3 of 40 pages.", "retryable": True}
DEAD = {"code": "dead", "message": "The run was given up: its worker died 5 times.", "retryable": True}
RETRY = {"attempts": 5, "first_s": 20.0, "factor": 2.0, "most_s": 300.0, "jitter": 0.2, "every_error": False}
CHANGES: Sequence[Mapping[str, Any]] = (
    {"workspace": {"pages": 40, "changed": 12}, "api_token": {"$t": "secret", "v": "gAAAA"}},
    {"fetched": ["Roadmap", "Billing", "Quotas"], "since": {"$t": "datetime", "v": "2026-11-20T03:00:00+00:00"}},
    {"workspace": {"pages": 40, "changed": 0}},
)


def make_samples() -> dict[str, Run]:
    """A run of each kind, by name; those of an earlier call where they are there."""
    found = {run.key.removeprefix("sample."): run for run in Run.objects.filter(key__startswith="sample.")}
    return found or _make()


def _make() -> dict[str, Run]:
    now = timezone.now()
    _history(now)
    runs = {
        "waiting": _run("waiting", "waiting", 1, now, waits_for="retry", retry_at=now + timedelta(minutes=4)),
        "rolled_back": _run("rolled_back", "rolled_back", 0, now, error=ERROR, direction="back", ended=now),
        "dead": _run("dead", "dead", 1, now, error=DEAD, attempt=5, ended=now, traceback=""),
        "children": _run("children", "waiting", 2, now, waits_for="children", pending_children=5),
        "running": _run("running", "running", 1, now, attempt=1, lease_owner="web-2:4711:MainThread"),
    }
    Run.objects.filter(pk=runs["running"].pk).update(lease_until=now + timedelta(hours=1))
    for name, fetched in (
        ("waiting", "retrying"),
        ("rolled_back", "failed"),
        ("dead", "started"),
        ("running", "started"),
    ):
        _steps(runs[name], 1, now)
        _step(runs[name], 1, fetched, now, attempt=3 if name in ("waiting", "rolled_back") else 1)
    Step.objects.filter(run=runs["running"]).filter(seq=1).update(
        progress_done=18, progress_total=40, progress_note="pages"
    )
    _step(runs["rolled_back"], 0, "done", now, phase="back")
    _steps(runs["children"], 2, now)
    _step(runs["children"], 2, "started", now)
    _children(runs["children"], now)
    Task.objects.get_or_create(
        id="5a17e" + "0" * 27,
        defaults={
            "name": "sample",
            "func": "domains.orchestration.tasks.tick",
            "started": now - timedelta(minutes=9),
            "stopped": now - timedelta(minutes=8),
            "success": False,
            "attempt_count": 1,
            "result": 'Traceback (most recent call last):\n  File "tasks.py", line 40, in tick\n'
            "django.db.utils.OperationalError: database is locked",
        },
    )
    return runs


def _run(name: str, state: str, cursor: int, now: datetime, **values: Any) -> Run:
    steps = [
        {"forward": f"sample.{number}", "rollback": "" if number == 3 else "sample.undo", "title": title, "kind": kind}
        | ({"retry": RETRY} if number == 1 else {})
        for number, (title, kind) in enumerate(zip(TITLES, KINDS, strict=True))
    ]
    begun = now - timedelta(seconds=184)
    plan = {"steps": steps, "schema": {}}
    names = {"orchestrator": "trace", "method": "export", "application": "skyflow", "actor_name": "maria"}
    run = Run.objects.create(
        **names,
        key=f"sample.{name}",
        plan=plan,
        args={"app": "skyflow"},
        state=state,
        cursor=cursor,
        started=begun,
        **values,
    )
    Run.objects.filter(pk=run.pk).update(created=begun - timedelta(seconds=3))
    return run


def _steps(run: Run, count: int, now: datetime) -> None:
    for seq in range(count):
        _step(run, seq, "done", now)


def _step(run: Run, seq: int, state: str, now: datetime, **values: Any) -> None:
    begins, ends = (0, 42, 96, 150), (40, 90, 101, 160)
    start = now - timedelta(seconds=184)
    phase = values.get("phase", "fwd")
    failed = state in ("failed", "retrying")
    begun = start + timedelta(seconds=120 if phase == "back" else begins[seq])
    over = begun + timedelta(seconds=ends[seq] - begins[seq])
    Step.objects.create(
        **{"phase": phase} | values,
        run=run,
        seq=seq,
        name=f"sample.{seq}",
        kind=KINDS[seq],
        state=state,
        delta=CHANGES[seq] if state == "done" and phase == "fwd" else {},
        error=ERROR if failed else None,
        started=begun,
        ended=None if state in ("started", "retrying") else over,
    )


def _children(parent: Run, now: datetime) -> None:
    one = {"forward": "sample.one", "rollback": "", "title": "Export one", "kind": "db"}
    plan = {"steps": [one], "schema": {}}
    states = ["success"] * 7 + ["dead", "rolled_back", "running", "waiting", "waiting"]
    for number, state in enumerate(states):
        over = state not in ("running", "waiting")
        Run.objects.create(
            orchestrator="trace",
            method="export_one",
            application=("skyflow", "nexus", "atlas")[number % 3],
            actor_name="maria",
            plan=plan,
            parent=parent,
            parent_seq=2,
            state=state,
            waits_for="turn" if state == "waiting" else "",
            error=DEAD if state == "dead" else ERROR if state == "rolled_back" else None,
            started=None if state == "waiting" else now - timedelta(seconds=90 - number),
            ended=now - timedelta(seconds=60 - 4 * number) if over else None,
            lease_owner="web-2:4711:MainThread" if state == "running" else "",
            lease_until=now + timedelta(hours=1) if state == "running" else None,
        )


def _history(now: datetime) -> None:
    """Runs that have ended in the last hour, for the chart of the workers' page."""
    ends = [now - timedelta(seconds=55 * number) for number in range(4, 64) if number % 7 not in (3, 4)]
    made = Run.objects.bulk_create(
        Run(
            orchestrator="trace",
            method="export",
            plan={"steps": [], "schema": {}},
            state="rolled_back" if number % 17 == 0 else "success",
            error=ERROR if number % 17 == 0 else None,
            actor_name="schedule",
            attempt=1,
            started=end - timedelta(seconds=4),
            ended=end,
        )
        for number, end in reversed(list(enumerate(ends)))
    )
    for run in made:
        run.created = run.started or now
    Run.objects.bulk_update(made, ["created"])
