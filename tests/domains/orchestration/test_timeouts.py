"""Steps that take too long, and runs whose time is over."""

from __future__ import annotations

import ctypes
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from domains.orchestration import lease, timeouts
from domains.orchestration.carry_out import carry_out
from domains.orchestration.exceptions import StagingError
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from domains.orchestration.timeouts import StepTimedOut
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import wake_elsewhere
from tests.domains.orchestration.workers import outside, wait_for

pytestmark = pytest.mark.django_db


def hang_in_c(orchestrator: MainOrchestrator) -> None:
    """Lock a mutex twice: no signal ends that."""
    mutex = ctypes.create_string_buffer(64)
    for _ in range(2):
        ctypes.CDLL(None).pthread_mutex_lock(mutex)


def staged(*program: dict[str, Any], **options: Any) -> Run:
    """A queued run of the program."""
    start("drill", "program", program=list(program), **options)
    return Run.objects.latest("id")


@pytest.mark.parametrize("external", [False, True])
def test_a_step_that_takes_too_long_is_cut_and_the_run_turns_back(tmp_path: Path, external: bool) -> None:
    file = str(tmp_path / "traces") if external else ""
    slow = {"name": "b", "does": "sleep 30", "timeout_s": 0.3, "external": external, "file": file}
    run = staged({"name": "a"}, slow)
    begun = monotonic()
    run_queued()
    assert monotonic() - begun < 20
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", ["a", "-a"])
    assert run.error == {"code": "step_timed_out", "message": "It took longer than 0.3 s.", "retryable": True}
    assert Step.objects.get(run=run, seq=1, phase="fwd").state == "failed"


def test_a_step_in_time_is_left_alone() -> None:
    run = staged({"name": "a", "does": "sleep 0.1", "timeout_s": 0.5}, {"name": "b", "does": "sleep 0.6"})
    run_queued()
    run.refresh_from_db()
    assert (run.state, effects()) == ("success", ["a", "b"])


def test_a_timeout_is_tried_again_as_the_retry_says() -> None:
    retry = {"attempts": 2, "first_s": 0.01}
    run = staged({"name": "a", "does": "sleep 30", "timeout_s": 0.2, "retry": retry})
    run_queued()
    run.refresh_from_db()
    assert run.state == "rolled_back"
    assert Step.objects.get(run=run, phase="fwd").attempt == 2


def test_a_timeout_that_cannot_be_is_refused() -> None:
    with pytest.raises(StagingError, match="timeout"):
        OrchestratorRegistry.get("drill").orchestrator.add_step(hang_in_c, timeout_s=0)


@pytest.mark.django_db(transaction=True)
def test_a_step_with_a_timeout_is_noted_before_it_is_called() -> None:
    run = staged({"name": "a", "timeout_s": 60, "does": "die"})
    assert wake_elsewhere(run.pk) == -9
    assert [(step.seq, step.state, step.attempt) for step in Step.objects.all()] == [(0, "started", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_step_stuck_in_c_ends_its_process_and_the_next_claim_counts_it_as_failed() -> None:
    run = staged({"name": "a"}, {"name": "b", "timeout_s": 0.2})
    stuck = {"forward": f"{__name__}.hang_in_c", "kwargs": {}, "signature": ""}
    Run.objects.update(plan=run.plan | {"steps": [run.plan["steps"][0], run.plan["steps"][1] | stuck]})
    impatient = f"import {__name__}, domains.orchestration.timeouts as t; t.GRACE_S = 0.5"
    assert wake_elsewhere(run.pk, first=impatient) == timeouts.EXIT_CODE
    run.refresh_from_db()
    assert (run.state, run.cursor) == ("running", 1)
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", ["a", "-a"])
    assert run.error
    assert run.error["code"] == "step_timed_out"


@pytest.mark.django_db(transaction=True)
def test_in_a_thread_the_lease_is_no_longer_renewed_when_the_time_is_over(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.RUN_LEASE_S = 4
    monkeypatch.setattr(lease, "_heartbeat", lease.Heartbeat())  # not one that still sleeps for a longer lease
    slow = staged(outside("slow", tmp_path / "go") | {"timeout_s": 0.5})
    quick = staged(outside("long", tmp_path / "go"))

    def work(pk: int) -> None:
        try:
            carry_out(pk)
        finally:
            connection.close()

    threads = [Thread(target=work, args=[run.pk]) for run in (slow, quick)]
    for thread in threads:
        thread.start()
    try:
        wait_for(runs.expired().exists, "the end of a lease")
        assert list(runs.expired()) == [slow]
        renewed = Run.objects.filter(pk=quick.pk, lease_until__gt=timezone.now() + timedelta(seconds=4))
        wait_for(renewed.exists, "the next renewal of the other")
    finally:
        (tmp_path / "go").touch()
        for thread in threads:
            thread.join()
    quick.refresh_from_db()
    assert quick.state == "success"


def test_the_timer_of_whoever_set_one_before_goes_on() -> None:
    import signal

    rung: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rung.append(number))
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with timeouts.limited(30, Run()):
            pass
        left, _ = signal.getitimer(signal.ITIMER_REAL)
        assert 0 < left <= 1.0
        until = monotonic() + 10
        while not rung and monotonic() < until:
            sleep(0.05)
        assert rung == [signal.SIGALRM]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_run_whose_deadline_is_over_turns_back_before_its_next_step() -> None:
    run = staged({"name": "a"}, {"name": "b"}, deadline_s=3600)
    assert runs.claim(run, "a worker that dies after its first step")
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1), deadline=timezone.now())
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", [])
    assert run.error
    assert run.error["code"] == "deadline"


def test_a_running_step_is_cut_at_the_deadline_and_not_tried_again() -> None:
    retry = {"attempts": 5, "first_s": 0.01, "every_error": True}
    run = staged({"name": "a"}, {"name": "b", "does": "sleep 30", "retry": retry}, deadline_s=1)
    begun = monotonic()
    run_queued()
    assert monotonic() - begun < 20
    run.refresh_from_db()
    assert run.state == "rolled_back"
    assert run.error
    assert run.error["code"] == "deadline"
    failed = Step.objects.filter(run=run, phase="fwd", state="failed").get()
    assert failed.attempt == 1


def test_a_pause_ends_at_the_deadline(tmp_path: Path) -> None:
    retry = {"attempts": 3, "first_s": 600, "most_s": 600}
    run = staged({"name": "a", "does": f"fail 9 {tmp_path / 'calls'}", "retry": retry}, deadline_s=100)
    run_queued()
    run.refresh_from_db()
    assert run.state == "waiting"
    assert run.retry_at is not None
    assert run.deadline is not None
    assert abs(run.retry_at - run.deadline) < timedelta(seconds=5)


def test_whoever_waits_for_a_run_is_told_of_its_deadline() -> None:
    with pytest.raises(StepTimedOut):
        run_now("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "sleep 30"}], deadline_s=1)
    assert Run.objects.get().state == "rolled_back"
    assert effects() == ["a", "-a"]
