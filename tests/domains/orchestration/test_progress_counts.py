"""Claims that died count until the run gets on; a rollback may take no longer than its step."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.utils import timezone

from domains.orchestration import points, timeouts
from domains.orchestration.carry_out import carry_out
from domains.orchestration.durable import DurableJournal
from domains.orchestration.models import Run, Step
from domains.orchestration.service import runs
from domains.orchestration.service.claims import MAX_CLAIMS
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued, tick
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import begin, family_registered
from tests.domains.orchestration.processes import wake_elsewhere

pytestmark = pytest.mark.django_db


class Died(BaseException):
    """As if the worker had been killed."""


def queued(*program: dict[str, Any]) -> Run:
    """A run of the program that waits for a worker."""
    start("drill", "program", program=list(program))
    return Run.objects.get()


def die_at(run: Run, point: str) -> Run:
    """Carry the run out by a worker that dies at that point, and let its lease run out; the run as it is then."""

    def die(reached: str) -> None:
        if reached == point:
            raise Died

    points.arm(die)
    try:
        with pytest.raises(Died):
            carry_out(run.pk)
    finally:
        points.arm(None)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    return runs.get(pk=run.pk)


def test_a_run_that_gets_on_between_crashes_is_not_given_up() -> None:
    run = queued(*({"name": str(number)} for number in range(MAX_CLAIMS + 3)))
    for number in range(MAX_CLAIMS + 2):
        run = die_at(run, "step.committed")
        tick()
        assert (run.cursor, run.attempt) == (number + 1, 1)
    run_queued()
    assert Run.objects.get().state == "success"


def test_five_claims_without_a_step_are_too_many_however_many_steps_came_before() -> None:
    run = queued({"name": "a"}, {"name": "b"}, {"name": "c"})
    run = die_at(run, "step.committed")
    assert MAX_CLAIMS == 5
    for dead in range(1, MAX_CLAIMS):
        assert (run.cursor, run.attempt) == (1, dead)
        run = die_at(run, "run.claimed")
    tick()
    assert Run.objects.get().state == "dead"


def test_turning_back_and_each_rollback_get_on_too() -> None:
    program = [{"name": str(number)} for number in range(MAX_CLAIMS)]
    run = queued(*program, {"name": "bad", "does": "upstream"})
    for _ in range(MAX_CLAIMS - 1):
        run = die_at(run, "run.claimed")
    run = die_at(run, "rollback.first")
    assert (run.state, run.attempt) == ("rolling_back", 1)
    for number in reversed(range(1, MAX_CLAIMS)):
        run = die_at(run, "rollback.committed")
        assert (run.cursor, run.attempt) == (number - 1, 1)
    tick()
    run_queued()
    assert Run.objects.get().state == "rolled_back"


def test_a_failed_rollback_that_is_recorded_gets_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DurableJournal, "pauses", ())
    run = queued({"name": "a"}, {"name": "b", "undo": "fail"}, {"name": "c", "does": "upstream"})
    run = die_at(die_at(run, "run.claimed"), "rollback.first")
    run = die_at(run, "run.claimed")
    assert run.attempt == 2
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("rollback_failed", 1)


def test_a_run_that_is_handed_back_after_a_step_has_no_claim_against_it(monkeypatch: pytest.MonkeyPatch) -> None:
    run = queued({"name": "a"}, {"name": "b", "does": "upstream", "retry": {"attempts": 2, "first_s": 600}})
    run = die_at(die_at(run, "run.claimed"), "run.claimed")
    assert run.attempt == 2
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.waits_for, run.cursor, run.attempt) == ("waiting", "retry", 1, 0)


def test_waiting_for_children_again_gives_back_no_claim_that_died() -> None:
    with family_registered():
        run = begin(children=[[{"name": "one"}]])
        Run.objects.filter(pk=run.pk).update(state="queued", waits_for="", attempt=2)
        carry_out(run.pk)
        run.refresh_from_db()
        assert (run.state, run.waits_for, run.attempt) == ("waiting", "children", 2)


@pytest.mark.parametrize("external", [False, True])
def test_a_rollback_that_takes_longer_than_its_step_may_is_cut_and_the_others_go_on(
    tmp_path: Path, external: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DurableJournal, "pauses", (0.0,))
    file = str(tmp_path / "traces") if external else ""
    slow = {"name": "b", "undo": "sleep 30", "timeout_s": 0.3, "external": external, "file": file}
    run = queued({"name": "a"}, slow, {"name": "c", "does": "upstream"})
    begun = monotonic()
    run_queued()
    assert monotonic() - begun < 20
    run.refresh_from_db()
    failed = Step.objects.get(run=run, seq=1, phase="back")
    assert (run.state, failed.state, failed.attempt) == ("rollback_failed", "failed", 2)
    assert failed.error == {"code": "step_timed_out", "message": "It took longer than 0.3 s.", "retryable": True}
    assert effects()[-1] == "-a"
    assert run.error
    assert run.error["code"] == "upstream_failed"


def test_a_rollback_in_time_is_left_alone() -> None:
    run = queued({"name": "a", "undo": "sleep 0.1", "timeout_s": 30}, {"name": "b", "does": "upstream"})
    run_queued()
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", ["a", "-a"])


@pytest.mark.django_db(transaction=True)
def test_a_rollback_stuck_in_c_ends_its_process() -> None:
    run = queued({"name": "a", "timeout_s": 0.2}, {"name": "b", "does": "upstream"})
    stuck = {"rollback": "tests.domains.orchestration.test_timeouts.hang_in_c", "kwargs": {}, "signature": ""}
    plan = run.plan
    assert carry_out_first(run)
    Run.objects.update(plan=plan | {"steps": [plan["steps"][0] | stuck, plan["steps"][1]]})
    impatient = f"import {timeouts.__name__} as t; t.GRACE_S = 0.5"
    assert wake_elsewhere(run.pk, first=impatient) == timeouts.EXIT_CODE
    run.refresh_from_db()
    assert (run.state, run.direction, run.cursor, run.attempt) == ("rolling_back", "back", 0, 1)


def carry_out_first(run: Run) -> bool:
    """The first step, by a worker that dies after it."""
    return die_at(run, "step.committed").cursor == 1
