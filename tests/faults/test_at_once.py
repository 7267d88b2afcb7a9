"""Processes that do the same thing at the same moment."""

from __future__ import annotations

from pathlib import Path
from time import time
from typing import Any

import pytest

from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.faults import world
from tests.faults.invariants import check
from tests.faults.nursery import Nursery
from tests.faults.programs import Program
from tests.faults.service import Service
from tests.faults.steps import NAME

TASKS = "tests.faults.tasks"
SHORT: Program = [{"name": "a"}]
MIXED: list[Program] = [
    [{"name": "a"}, {"name": "b", "kind": "external"}, {"name": "c"}],
    [{"name": "a"}, {"name": "b"}, {"name": "c", "does": "raise"}],
]


def test_two_workers_that_are_told_of_the_same_runs_do_each_of_them_once(
    fresh: None, nursery: Nursery, service: Service
) -> None:
    for _ in range(100):
        start(NAME, "program", program=SHORT)
    pks = list(Run.objects.order_by("pk").values_list("pk", flat=True))
    begin = time() + 0.3
    workers = [nursery.start(f"{TASKS}.carry_out_all", world.here(), pks=pks, at=begin) for _ in range(2)]
    assert [nursery.wait(worker) for worker in workers] == [0, 0]
    assert check(service).broken == []
    assert set(Run.objects.values_list("state", "epoch", "attempt")) == {("success", 1, 1)}
    assert len(world.effects()) == 100


def test_a_key_that_is_posted_fifty_times_at_once_starts_one_run(
    fresh: None, nursery: Nursery, service: Service, tmp_path: Path
) -> None:
    answers = tmp_path / "answers"
    same: dict[str, Any] = {
        "program": SHORT,
        "key": "the one",
        "times": 10,
        "at": time() + 0.3,
        "answers": str(answers),
    }
    clients = [nursery.start(f"{TASKS}.begin_often", world.here(), **same) for _ in range(5)]
    assert [nursery.wait(client) for client in clients] == [0] * 5
    lines = [line.split() for line in answers.read_text().splitlines()]
    assert len(lines) == 50
    assert {uuid for uuid, _ in lines} == {str(Run.objects.get().uuid)}
    assert [created for _, created in lines].count("True") == 1


@pytest.mark.slow
def test_four_writers_for_ten_seconds_never_see_a_locked_database(
    fresh: None, nursery: Nursery, service: Service
) -> None:
    task = f"{TASKS}.begin_and_work"
    writers = [nursery.start(task, world.here(), programs=MIXED, seconds=10.0) for _ in range(4)]
    assert [nursery.wait(writer, timeout=300) for writer in writers] == [0] * 4
    assert nursery.run(f"{TASKS}.recover", world.here()) == 0
    findings = check(service)
    assert findings.broken == []
    assert findings.runs > 4
