"""Every named point of the engine: a process that dies there loses nothing, and nothing happens twice."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from domains.orchestration.models import Run, Schedule
from domains.orchestration.start import start
from tests.domains.orchestration.processes import PROJECT, environment
from tests.faults import world
from tests.faults.crash_points import POINTS, Point
from tests.faults.invariants import check, stale_leases
from tests.faults.nursery import Death, Nursery
from tests.faults.programs import Program
from tests.faults.service import Service
from tests.faults.steps import NAME
from tests.faults.tasks import expire_leases

DIED = {"exit": 137, "kill": -signal.SIGKILL}
GOOD: Program = [
    {"name": "a"},
    {"name": "b", "kind": "external"},
    {"name": "c", "kind": "external"},
    {"name": "d"},
]
BAD: Program = [
    {"name": "a"},
    {"name": "b", "kind": "external", "undo": "fail once"},
    {"name": "c"},
    {"name": "d", "does": "raise"},
]


LATER = [
    replace(point, nth=2)
    for point in POINTS
    if point.name in ("step.committed", "external.called", "drill.in_rollback", "rollback.committed")
]
ONE_WRITER = pytest.mark.on("postgresql")
FROZEN = [
    pytest.param(point, marks=[ONE_WRITER] if point.in_transaction else [], id=point.name)
    for point in POINTS
    if point.task == "carry_out" and point.name not in ("step.journalled", "run.ending")
]
"""Where a process can be stopped without holding what the others need: the row of the run, or all of SQLite."""


def test_every_point_of_the_engine_is_in_the_list() -> None:
    sources = (PROJECT / "domains").rglob("*.py")
    placed = {name for file in sources for name in re.findall(r'points\.reach\("([^"]+)"\)', file.read_text())}
    assert placed == {point.name for point in POINTS if not point.name.startswith("drill.")}


def prepare(point: Point) -> dict[str, Any]:
    """What the process at that point finds; its arguments."""
    program = GOOD if point.program == "good" else BAD
    if point.task == "begin":
        return {"program": program, "key": "the one"}
    if point.name == "schedule.started":
        due = timezone.now().replace(second=0, microsecond=0)
        values = {"orchestrator": NAME, "method": "program", "args": {"program": program}}
        Schedule.objects.all().delete()
        Schedule.objects.create(name="drill", cron="* * * * *", next_run=due, **values)
        return {}
    start(NAME, "program", program=program)
    run = Run.objects.get()
    if point.task == "tick":
        past = timezone.now() - timedelta(seconds=1)
        Run.objects.update(state="running", epoch=1, attempt=1, lease_until=past, lease_owner="dead")
        return {}
    return {"pk": run.pk}


def finish(point: Point, nursery: Nursery, service: Service) -> None:
    """A fresh process does the rest; then everything must be as if nobody had died."""
    expire_leases()
    if point.task == "begin":
        arguments = prepare(point)
        assert nursery.run("tests.faults.tasks.begin", world.here(), **arguments) == 0
    elif point.task == "tick":
        assert nursery.run("tests.faults.tasks.tick", world.here()) == 0
    assert nursery.run("tests.faults.tasks.recover", world.here()) == 0
    findings = check(service)
    assert findings.broken == []
    assert findings.runs == 1
    assert Run.objects.get().state == ("success" if point.program == "good" else "rolled_back")
    assert stale_leases(0) == []


@pytest.mark.parametrize("how", ["exit", "kill"])
@pytest.mark.parametrize("point", [*POINTS, *LATER], ids=lambda point: f"{point.name}-{point.nth}")
def test_a_process_that_dies_there_loses_nothing(
    fresh: None, nursery: Nursery, service: Service, point: Point, how: str
) -> None:
    arguments = prepare(point)
    task = f"tests.faults.tasks.{point.task}"
    died = nursery.run(task, world.here(), Death(point.name, how, point.nth), **arguments)
    assert died == DIED[how], f"the process ended with {died}: it has not reached {point.name}"
    finish(point, nursery, service)


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_process_that_dies_in_any_of_five_rollbacks_repeats_none_of_the_others(
    fresh: None, nursery: Nursery, service: Service, nth: int
) -> None:
    steps: Program = [{"name": name} for name in "abcde"]
    start(NAME, "program", program=[*steps, {"name": "f", "does": "raise"}])
    death = Death("drill.in_rollback", "kill", nth)
    assert nursery.run("tests.faults.tasks.work", world.here(), death) == -signal.SIGKILL
    assert [effect.name for effect in world.effects() if effect.phase == "back"] == list("edcba")[: nth - 1]
    expire_leases()
    assert nursery.run("tests.faults.tasks.recover", world.here()) == 0
    assert [effect.name for effect in world.effects() if effect.phase == "back"] == list("edcba")
    assert check(service).broken == []


@pytest.mark.parametrize("point", FROZEN)
def test_a_process_that_freezes_there_past_its_lease_commits_nothing_more(
    fresh: None, nursery: Nursery, service: Service, point: Point
) -> None:
    arguments = prepare(point)
    task = f"tests.faults.tasks.{point.task}"
    frozen = nursery.start(task, world.here(), Death(point.name, "stop"), **arguments)
    assert nursery.wait_stopped(frozen), f"the process has not reached {point.name}"
    try:
        finish(point, nursery, service)
        before = world.effects(), list(Run.objects.values()), dict(service.calls)
    finally:
        os.kill(frozen, signal.SIGCONT)
    assert nursery.wait(frozen) == 0
    assert check(service).broken == []
    assert (world.effects(), list(Run.objects.values())) == before[:2]


def test_a_frozen_process_that_holds_the_run_is_waited_for(
    fresh: None, nursery: Nursery, service: Service, tmp_path: Path
) -> None:
    point = Point("step.journalled", in_transaction=True)
    frozen = nursery.start("tests.faults.tasks.carry_out", world.here(), Death(point.name, "stop"), **prepare(point))
    assert nursery.wait_stopped(frozen)
    others = nursery.start("tests.faults.tasks.recover", world.here())
    assert nursery.wait(others, timeout=0.5) is None
    os.kill(frozen, signal.SIGCONT)
    assert nursery.wait(frozen) == 0
    assert nursery.wait(others) == 0
    assert check(service).broken == []


def test_a_lease_that_really_runs_out_is_taken(fresh: None, service: Service, tmp_path: Path) -> None:
    """With the database's clock and nothing else: a lease of one second, and a worker that is frozen for two."""
    with Nursery(environment(LOG_LEVEL="ERROR", RUN_LEASE_S="1"), tmp_path / "log") as nursery:
        point = Point("external.called")
        frozen = nursery.start(
            "tests.faults.tasks.carry_out", world.here(), Death(point.name, "stop"), **prepare(point)
        )
        assert nursery.wait_stopped(frozen)
        assert nursery.run("tests.faults.tasks.recover", world.here()) == 0
        assert Run.objects.get().epoch >= 2
        os.kill(frozen, signal.SIGCONT)
        assert nursery.wait(frozen) == 0
    assert check(service).broken == []
    assert max(service.calls.values()) == 2
