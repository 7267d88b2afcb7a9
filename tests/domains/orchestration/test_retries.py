"""Steps that are called again after they have failed: how often, when, and what a crash leaves of that."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from domains.base.errors import UpstreamFailed, ValidationFailed
from domains.orchestration.carry_out import carry_out
from domains.orchestration.exceptions import ContextError, StagingError, StepExitException
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.retries import Retry
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects, has_traces
from tests.domains.orchestration.processes import wake_elsewhere

SOON = {"attempts": 3, "first_s": 0.01}
LATER = {"attempts": 3, "first_s": 600.0, "most_s": 600.0}


def queued(*program: dict[str, Any]) -> Run:
    """A run of the program, carried out as far as a worker gets."""
    start("drill", "program", program=list(program))
    run_queued()
    return Run.objects.get()


def its_time_has_come(run: Run) -> None:
    """As if the pause were over and the tick had found the run."""
    Run.objects.filter(pk=run.pk).update(retry_at=timezone.now() - timedelta(seconds=1))
    assert runs.queue_waiting(run.pk)


def test_pauses_grow_up_to_the_most_and_are_spread() -> None:
    plain = Retry(attempts=9, first_s=2, factor=3, most_s=50, jitter=0)
    assert [plain.pause_s(attempt) for attempt in range(1, 6)] == [2, 6, 18, 50, 50]
    assert plain.pause_s(5000) == 50
    spread = {Retry(attempts=9, first_s=10, jitter=0.2).pause_s(1) for _ in range(200)}
    assert 8 <= min(spread) < 9.5 < 10.5 < max(spread) <= 12


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (UpstreamFailed("busy"), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (OperationalError("gone"), True),
        (ValidationFailed("no"), False),
        (ZeroDivisionError(), False),
    ],
)
def test_only_errors_that_may_pass_are_tried_again_unless_every_error_is(error: Exception, again: bool) -> None:
    assert Retry(attempts=2).allows(1, error) is again
    assert Retry(attempts=2, every_error=True).allows(1, error)
    assert not Retry(attempts=2, every_error=True).allows(2, error)


@pytest.mark.parametrize("error", [StepExitException(500), ContextError("undeclared")])
def test_an_exit_and_a_fault_of_the_program_are_never_tried_again(error: Exception) -> None:
    assert not Retry(attempts=9, every_error=True).allows(1, error)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"attempts": 2, "first_s": -1}, {"attempts": 2, "jitter": 2}])
def test_a_retry_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(StagingError):
        Retry(**wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("external", [False, True])
def test_a_step_is_called_again_until_it_succeeds(tmp_path: Path, external: bool) -> None:
    file = str(tmp_path / "traces") if external else ""
    fails = f"fail 2 {tmp_path / 'calls'}"
    run = queued(
        {"name": "a"},
        {"name": "b", "does": fails, "retry": SOON, "external": external, "file": file},
        {"name": "c"},
    )
    assert (run.state, run.retry_at, run.error) == ("success", None, None)
    assert effects() == (["a", "c"] if external else ["a", "b", "c"])
    step = Step.objects.get(run=run, seq=1)
    assert (step.state, step.attempt, step.error) == ("done", 3, None)
    assert run.context["seen"] == ["a", "b", "c"], "values of a failed attempt are forgotten"


@pytest.mark.django_db
def test_the_last_attempt_that_fails_rolls_back(tmp_path: Path) -> None:
    run = queued({"name": "a"}, {"name": "b", "does": f"fail 9 {tmp_path / 'calls'}", "retry": SOON})
    assert run.state == "rolled_back"
    assert (tmp_path / "calls").read_text().count("called") == 3
    assert effects() == ["a", "-a"]
    assert run.error
    assert run.error["code"] == "upstream_failed"
    assert Step.objects.get(run=run, seq=1, phase="fwd").attempt == 3


@pytest.mark.django_db
def test_a_step_without_retry_is_called_once(tmp_path: Path) -> None:
    run = queued({"name": "a", "does": f"fail 1 {tmp_path / 'calls'}"})
    assert run.state == "rolled_back"
    assert (tmp_path / "calls").read_text().count("called") == 1


@pytest.mark.django_db
def test_whoever_waits_for_a_run_gets_no_error_of_an_attempt_that_was_made_good(tmp_path: Path) -> None:
    program = [{"name": "a", "does": f"fail 1 {tmp_path / 'calls'}", "retry": SOON}]
    assert run_now("drill", "program", program=program).state == "success"
    with pytest.raises(UpstreamFailed):
        run_now("drill", "program", program=[program[0] | {"does": f"fail 9 {tmp_path / 'others'}"}])


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["queued", "inline"])
def test_a_long_pause_gives_the_worker_back_and_does_not_count_as_a_claim(tmp_path: Path, way: str) -> None:
    program: list[dict[str, Any]] = [
        {"name": "a"},
        {"name": "b", "does": f"fail 1 {tmp_path / 'calls'}", "retry": LATER},
    ]
    if way == "inline":
        assert run_now("drill", "program", program=program).state == "waiting"
        run = Run.objects.get()
    else:
        run = queued(*program)
    assert (run.state, run.waits_for, run.attempt, run.lease_owner, run.lease_until) == (
        "waiting",
        "retry",
        0,
        "",
        None,
    )
    assert run.retry_at is not None
    assert 400 < (run.retry_at - timezone.now()).total_seconds() < 800
    step = Step.objects.get(run=run, seq=1)
    assert (step.state, step.attempt, step.ended) == ("retrying", 1, None)
    assert step.error
    assert step.error["code"] == "upstream_failed"
    its_time_has_come(run)
    run_queued()
    run.refresh_from_db()
    assert (run.state, run.attempt, str(run.retry_at)) == ("success", 1, "None")
    assert Step.objects.get(run=run, seq=1).attempt == 2
    assert effects() == ["a", "b"]


@pytest.mark.django_db
def test_a_run_that_is_claimed_before_its_time_waits_on_with_its_attempts(tmp_path: Path) -> None:
    run = queued({"name": "a", "does": f"fail 9 {tmp_path / 'calls'}", "retry": LATER})
    at = run.retry_at
    Run.objects.update(state="queued")
    run_queued()
    run.refresh_from_db()
    assert (run.state, run.waits_for, run.attempt) == ("waiting", "retry", 0)
    assert at is not None
    assert run.retry_at is not None
    assert abs(run.retry_at - at) < timedelta(seconds=5)
    assert (tmp_path / "calls").read_text().count("called") == 1
    assert Step.objects.get(run=run).attempt == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_a_pause_leaves_attempts_and_time(tmp_path: Path) -> None:
    start("drill", "program", program=[{"name": "a", "does": f"fail 2 {tmp_path / 'calls'}", "retry": SOON}])
    run = Run.objects.get()
    code = "domains.orchestration.course.Course.pause = lambda self, s: os.kill(os.getpid(), 9)"
    done = wake_elsewhere(run.pk, first=f"import os, domains.orchestration.course\n{code}")
    assert done == -9
    run.refresh_from_db()
    assert (run.state, Step.objects.get().state, Step.objects.get().attempt) == ("running", "retrying", 1)
    assert run.retry_at is not None
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "success"
    assert Step.objects.get().attempt == 3
    assert effects() == ["a"]


@pytest.mark.django_db
def test_a_cancel_during_an_attempt_that_fails_is_not_left_waiting(tmp_path: Path) -> None:
    file = str(tmp_path / "traces")
    run = queued({"name": "a"}, {"name": "b", "does": "cancel fail", "external": True, "file": file, "retry": LATER})
    assert (run.state, run.waits_for) == ("cancelled", "")
    assert effects() == ["a", "-a"]
    assert Step.objects.get(run=run, seq=1, phase="fwd").state == "failed"


@pytest.mark.django_db
def test_a_cancel_between_two_attempts_turns_back_and_marks_the_step_as_failed(tmp_path: Path) -> None:
    run = queued({"name": "a"}, {"name": "b", "does": f"fail 9 {tmp_path / 'calls'}", "retry": LATER})
    runs.request_cancel(run.pk)
    assert runs.queue_waiting(run.pk)
    run_queued()
    run.refresh_from_db()
    assert (run.state, run.retry_at) == ("cancelled", None)
    assert effects() == ["a", "-a"]
    step = Step.objects.get(run=run, seq=1, phase="fwd")
    assert (step.state, step.attempt) == ("failed", 1)
    assert step.error
    assert step.error["code"] == "upstream_failed"


def test_retry_and_timeout_are_part_of_the_plan() -> None:
    main = OrchestratorRegistry.get("drill").orchestrator
    retry = Retry(attempts=4, first_s=2, every_error=True)
    main.add_step(has_traces, kwargs={"name": "a"}, retry=retry, timeout_s=5)
    stored = main.plan.to_json()
    again = type(main.plan).from_json(stored)
    assert again.steps == main.plan.steps
    assert (again.steps[0].retry, again.steps[0].timeout_s) == (retry, 5)
    assert not main.plan.is_plain
