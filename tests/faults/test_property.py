"""Random programs under random crashes end as the model of the contract says, in every mode."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domains.orchestration import points
from domains.orchestration.durable import DurableJournal
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from domains.orchestration.states import ACTIVE, CLAIMED
from domains.orchestration.tasks import run_queued, tick
from tests.faults import world
from tests.faults.invariants import check
from tests.faults.model import Outcome, predict
from tests.faults.programs import Program, Range, program
from tests.faults.service import Service
from tests.faults.steps import NAME

pytestmark = pytest.mark.django_db
MOST_CRASHES = 4
"""One less than the claims after which a run is given up."""


class Crash(BaseException):
    """The process has died: nothing of the engine may catch this."""


class Crashes:
    """Armed at the points: raises Crash after so many of them, again and again, until none is left."""

    def __init__(self, gaps: list[int]) -> None:
        self.gaps = list(gaps)
        self.passed = 0

    def __call__(self, point: str) -> None:
        self.passed += 1
        if self.gaps and self.passed > self.gaps[0]:
            self.gaps.pop(0)
            self.passed = 0
            raise Crash(point)

    def survive(self, action: Callable[[], object]) -> bool:
        """Do it; False when it was the death of the process."""
        points.arm(self)
        try:
            action()
        except Crash:
            return False
        finally:
            points.arm(None)
        return True


@st.composite
def programs(draw: st.DrawFn, families: bool = False) -> Program:
    """Programs of up to five steps."""
    within = Range(pauses=(0.001, 0.001, 60.0), families=families)
    return program(lambda choices: draw(st.sampled_from(choices)), within)


crashes = st.lists(st.integers(0, 25), max_size=MOST_CRASHES)


def drain(crashing: Crashes) -> None:
    """Workers and ticks until nothing is active; whoever dies is replaced once its lease has run out."""
    for _ in range(60):
        crashing.survive(tick)
        if crashing.survive(run_queued) and not Run.objects.filter(state__in=ACTIVE).exists():
            return
        past = timezone.now() - timedelta(seconds=1)
        Run.objects.filter(state__in=CLAIMED).update(lease_until=past)
        Run.objects.filter(retry_at__isnull=False).update(retry_at=past)


def found(run: Run) -> Outcome:
    """How the run has ended."""
    effects = [effect for effect in world.effects() if effect.run == str(run.uuid)]
    context = run.context
    return Outcome(
        state=run.state,
        result=run.result,
        status=run.result_status,
        effects=[effect.name for effect in effects if effect.phase == "fwd"],
        undone=[effect.name for effect in effects if effect.phase == "back"],
        seen=context.get("seen", []),
    )


def expected(steps: Program) -> Outcome:
    """What the model says, without the effects of external steps, which are the service's."""
    outcome = predict(steps)
    inside = {step["name"] for step in steps if step["kind"] != "external"}
    outcome.effects = [name for name in outcome.effects if name in inside]
    outcome.undone = [name for name in outcome.undone if name in inside]
    outcome.raised = ""
    return outcome


@pytest.fixture
def fresh(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it before each example: nothing has happened yet, and rollbacks are tried again without a pause."""
    monkeypatch.setattr(DurableJournal, "pauses", (0.0, 0.0, 0.0))

    def forget() -> None:
        Run.objects.all().delete()
        world.clear_tables()
        service.forget()
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        world.enter(world.World(str(folder), service.port, wrapped=True))

    return forget


def property_test(examples: int) -> Callable[[Any], Any]:
    """The settings of the tests below: each example forgets the one before by itself."""
    return settings(max_examples=examples, suppress_health_check=list(HealthCheck))


@property_test(100)
@given(steps=programs(), gaps=crashes)
def test_a_queued_run_ends_as_the_model_says_whoever_dies(
    fresh: Callable[[], None], service: Service, steps: Program, gaps: list[int]
) -> None:
    fresh()
    crashing = Crashes(gaps)
    while not crashing.survive(lambda: start(NAME, "program", key="the same", program=steps)):
        pass
    drain(crashing)
    assert check(service).broken == []
    assert found(Run.objects.get()) == expected(steps)


@property_test(60)
@given(steps=programs(), gaps=crashes)
def test_a_run_that_somebody_waits_for_ends_as_the_model_says_whoever_dies(
    fresh: Callable[[], None], service: Service, steps: Program, gaps: list[int]
) -> None:
    fresh()
    crashing = Crashes(gaps)
    raised = ""
    answers: list[str] = []
    try:
        crashing.survive(lambda: answers.append(run_now(NAME, "program", durable=True, program=steps).state))
    except Exception as error:  # noqa: BLE001 - which one is compared below
        raised = type(error).__name__
        answers.append("raised")
    drain(crashing)
    if not Run.objects.exists():
        assert not answers
        assert world.effects() == []
        assert not service.calls
        return
    assert check(service).broken == []
    assert found(Run.objects.get()) == expected(steps)
    if answers and answers != ["waiting"]:
        assert raised == predict(steps).raised


@property_test(60)
@given(steps=programs())
def test_a_run_of_one_transaction_ends_as_the_model_says(
    fresh: Callable[[], None], service: Service, steps: Program
) -> None:
    fresh()
    only_once = {"kind": "db", "fails": 0, "attempts": 1, "verify": False, "rollback_self": False}
    plain = [{**step, **only_once} for step in steps]
    raised = ""
    try:
        info = run_now(NAME, "program", program=plain)
        assert info.result == predict(plain).result
    except Exception as error:  # noqa: BLE001 - which one is compared below
        raised = type(error).__name__
    assert raised == predict(plain).raised
    assert check(service).broken == []
    assert found(Run.objects.get()) == expected(plain)


@property_test(60)
@given(steps=programs(families=True), gaps=crashes)
def test_a_family_ends_as_the_model_says_whoever_dies(
    fresh: Callable[[], None], service: Service, steps: Program, gaps: list[int]
) -> None:
    fresh()
    crashing = Crashes(gaps)
    while not crashing.survive(lambda: start(NAME, "program", key="the same", program=steps)):
        pass
    drain(crashing)
    assert check(service).broken == []
    ended, wanted = found(Run.objects.get(parent=None)), expected(steps)
    if wanted.open:
        ended.state, ended.open = wanted.state, True
    assert ended == wanted
