"""The checker finds whatever is wrong with a run, and nothing in one that is right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from domains.orchestration.models import Run, Step
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.faults import world
from tests.faults.invariants import check, stale_leases
from tests.faults.programs import Program
from tests.faults.service import Service
from tests.faults.steps import NAME

pytestmark = pytest.mark.django_db
PROGRAM: Program = [
    {"name": "a"},
    {"name": "b", "kind": "external"},
    {"name": "c"},
    {"name": "d", "does": "raise"},
]


def repeat_effect(service: Service) -> None:
    world.add_effect(world.effects()[0])


def lose_effect(service: Service) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM faults_effect WHERE phase = 'back' AND seq = 0")


def leave_active(service: Service) -> None:
    Run.objects.update(state="rolling_back")


def forget_a_step(service: Service) -> None:
    Step.objects.filter(seq=1, phase="fwd").delete()


def leave_a_step_open(service: Service) -> None:
    Step.objects.filter(seq=3).update(state="started")


def another_key(service: Service) -> None:
    service.do(f"/{Run.objects.get().uuid}/1/fwd", "another")


def a_call_that_nobody_noted(service: Service) -> None:
    run = Run.objects.get()
    service.do(f"/{run.uuid}/3/back", f"{run.uuid}:3")


def roll_back_in_order(service: Service) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE faults_witness SET seq = 2 - seq WHERE phase = 'back'")


def change_the_context(service: Service) -> None:
    Run.objects.update(context={"seen": ["a"]})


def commit_twice(service: Service) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO faults_witness (run, seq, phase, epoch, state)"
            " SELECT run, seq, phase, epoch + 1, state FROM faults_witness WHERE phase = 'fwd' AND seq = 0"
        )


def end_otherwise(service: Service) -> None:
    Run.objects.update(state="rollback_failed")


def have_another_result(service: Service) -> None:
    Run.objects.update(result={"from": "nowhere"}, result_status=200)


FAULTS: list[tuple[Callable[[Service], None], str]] = [
    (leave_active, "I1"),
    (leave_a_step_open, "I1"),
    (repeat_effect, "I2"),
    (lose_effect, "I2"),
    (another_key, "I3"),
    (a_call_that_nobody_noted, "I3"),
    (roll_back_in_order, "I4"),
    (forget_a_step, "I5"),
    (change_the_context, "I6"),
    (commit_twice, "I7"),
    (end_otherwise, "I10"),
    (have_another_result, "I10"),
]


@pytest.fixture
def ended(service: Service) -> Service:
    """A run of the program has failed at its last step and is rolled back."""
    world.enter(world.World(world.here().folder, service.port, wrapped=True))
    start(NAME, "program", program=PROGRAM)
    run_queued()
    assert check(service, [Run.objects.get().uuid]).broken == []
    return service


@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_a_broken_rule_is_found(ended: Service, fault: Callable[[Service], None], rule: str) -> None:
    fault(ended)
    assert any(sentence.startswith(f"{rule}:") for sentence in check(ended).broken)


def test_a_run_that_was_promised_and_is_gone_is_a_loss(ended: Service) -> None:
    findings = check(ended, [uuid4()])
    assert findings.lost == 1
    assert findings.broken[0].startswith("I8:")


def test_effects_that_are_there_twice_are_counted(ended: Service) -> None:
    repeat_effect(ended)
    assert check(ended).twice == 1


def test_a_lease_that_nobody_takes_is_found(ended: Service) -> None:
    assert stale_leases(5) == []
    Run.objects.update(state="running", lease_until=timezone.now() - timedelta(seconds=10))
    assert stale_leases(5)[0].startswith("I9:")
    assert stale_leases(15) == []
