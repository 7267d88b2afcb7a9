"""Families whose members end at the same moment, or whose workers die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.states import FINISHED
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import (
    ONE,
    TWO,
    begin,
    carry_out_one,
    family_registered,
    parent_run,
)
from tests.domains.orchestration.processes import orm_queue, run_code, spawn


@pytest.fixture(autouse=True)
def family() -> Iterator[None]:
    """Register the family beside the drill."""
    with family_registered():
        yield


@orm_queue
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_step_has_started_no_children(tmp_path: Path) -> None:
    start("family", "parent", children=[ONE], then=f"die once {tmp_path / 'died'}")
    pk = Run.objects.get().pk
    code = "from domains.orchestration.carry_out import carry_out\n"
    code += "from tests.domains.orchestration.drill import registered\n"
    assert run_code(f"{code}with registered(): carry_out({pk})").returncode < 0
    assert Run.objects.count() == 1
    Run.objects.update(state="queued", lease_until=None)
    run_queued()
    assert effects() == ["before", "have", "one", "after"]
    assert Run.objects.count() == 2


MEETING = """
import sys
from time import sleep
from pathlib import Path
from domains.orchestration.carry_out import carry_out
from tests.domains.orchestration.drill import registered

folder, me, other, *pks = sys.argv[1:]
with registered():
    for pk in pks:
        Path(folder, me + pk).touch()
        while not list(Path(folder).glob(other + "*"))[pks.index(pk):]:
            sleep(0.001)
        carry_out(int(pk))
"""


@orm_queue
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_two_children_that_end_at_the_same_moment_wake_their_parent_once(tmp_path: Path, fails: bool) -> None:
    families = 6
    for number in range(families):
        second = {"name": f"{number} b", "does": "upstream" if fails else ""}
        start("family", "parent", children=[[{"name": f"{number} a"}], [second]])
    for _ in range(families):
        carry_out_one()
    pairs = [Run.objects.filter(parent=parent).order_by("id") for parent in Run.objects.filter(parent=None)]
    sides = [("left", "right", [pair[0].pk for pair in pairs]), ("right", "left", [pair[1].pk for pair in pairs])]
    code = f"import django; django.setup()\n{MEETING}"
    workers = [spawn("-c", code, str(tmp_path), me, other, *map(str, pks)) for me, other, pks in sides]
    for worker in workers:
        output, _ = worker.communicate(timeout=120)
        assert worker.returncode == 0, output
    run_queued()
    parents = Run.objects.filter(parent=None)
    assert {(parent.state, parent.pending_children) for parent in parents} == {
        ("rolled_back" if fails else "success", 0)
    }
    assert {parent.epoch for parent in parents} <= ({3, 5} if fails else {3})
    assert not Run.objects.exclude(state__in=FINISHED).exists()
    assert effects().count("before") == effects().count("have") == families
    assert effects().count("-have") == (families if fails else 0)


@orm_queue
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", ["run.ending", "run.ended"])
def test_a_worker_that_dies_around_the_end_of_a_child_counts_it_off_once(point: str) -> None:
    parent = begin(children=[ONE, TWO])
    child = Run.objects.filter(parent=parent).order_by("id")[0]
    code = f"""
import os
from domains.orchestration import points
from domains.orchestration.carry_out import carry_out
points.arm(lambda point: point == "{point}" and os.kill(os.getpid(), 9))
carry_out({child.pk})
"""
    assert run_code(code).returncode == -9
    assert parent_run().pending_children == (2 if point == "run.ending" else 1)
    Run.objects.filter(pk=child.pk, state="running").update(state="queued", lease_until=None)
    run_queued()
    assert parent_run().state == "success"
    assert sorted(effects()) == sorted(["before", "have", "one", "two", "after"])
