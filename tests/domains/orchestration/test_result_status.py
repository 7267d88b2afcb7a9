"""What the outcome of a step means for its run, alike in every mode of running."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from domains.base.errors import UpstreamFailed, VaultError
from domains.orchestration.models import Run, Step
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects

pytestmark = pytest.mark.django_db
Mode = Callable[[list[dict[str, Any]]], Run]


def inline(program: list[dict[str, Any]]) -> Run:
    """In this process; the exception is kept apart by the tests that expect one."""
    with suppress(ZeroDivisionError, VaultError):
        run_now("drill", "program", program=program)
    return Run.objects.get()


def queued(program: list[dict[str, Any]]) -> Run:
    """By a worker."""
    start("drill", "program", program=program)
    assert run_queued() == 1
    return Run.objects.get()


@pytest.fixture(params=[inline, queued])
def mode(request: pytest.FixtureRequest) -> Mode:
    """Both ways of running a program."""
    way: Mode = request.param
    return way


def test_all_steps_run_in_order(mode: Mode) -> None:
    run = mode([{"name": "a"}, {"name": "b"}, {"name": "c"}])
    assert run.state == "success"
    assert effects() == ["a", "b", "c"]
    assert run.context["seen"] == ["a", "b", "c"]
    assert [(s.seq, s.phase, s.state) for s in run.steps.all()] == [(n, "fwd", "done") for n in range(3)]


def test_a_falsy_status_goes_on(mode: Mode) -> None:
    run = mode([{"name": "a", "does": "0"}, {"name": "b"}])
    assert run.state == "success"
    assert effects() == ["a", "b"]


@pytest.mark.parametrize("status", ["200", "201", "404"])
def test_another_truthy_status_stops_and_keeps_everything(mode: Mode, status: str) -> None:
    run = mode([{"name": "a"}, {"name": "b", "does": status}, {"name": "c"}])
    assert run.state == "exited"
    assert effects() == ["a", "b"]
    assert run.result == {"from": "b"}
    assert run.result_status == int(status)


@pytest.mark.parametrize("status", ["400", "500"])
def test_400_and_500_roll_back_in_reverse_and_return_the_result(mode: Mode, status: str) -> None:
    run = mode([{"name": "a"}, {"name": "b"}, {"name": "c", "does": status}, {"name": "d"}])
    assert run.state == "rolled_back"
    assert effects() == ["a", "b", "-b", "-a"]
    assert run.result == {"from": "c"}
    assert run.result_status == int(status)
    assert run.error
    assert run.error["code"] == f"status_{status}"


def test_an_exception_rolls_back_in_reverse(mode: Mode) -> None:
    run = mode([{"name": "a"}, {"name": "b"}, {"name": "c", "does": "raise"}])
    assert run.state == "rolled_back"
    assert effects() == ["a", "b", "-b", "-a"]
    assert [(s.seq, s.phase, s.state) for s in run.steps.all()] == [
        (0, "fwd", "done"),
        (1, "fwd", "done"),
        (2, "fwd", "failed"),
        (1, "back", "done"),
        (0, "back", "done"),
    ]


def test_the_exception_is_raised_again_for_whoever_waits() -> None:
    with pytest.raises(UpstreamFailed, match="other side"):
        run_now("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "upstream"}])
    run = Run.objects.get()
    assert run.state == "rolled_back"
    assert run.error == {"code": "upstream_failed", "message": "The other side is down.", "retryable": True}
    assert run.traceback == ""


def test_an_unexpected_exception_stores_a_traceback_and_tells_nobody_its_text(
    mode: Mode, caplog: pytest.LogCaptureFixture
) -> None:
    run = mode([{"name": "a", "does": "raise"}])
    assert run.error
    assert run.error["code"] == "internal_error"
    assert "ZeroDivisionError" in run.error["message"]
    assert "s3cr3t" not in run.error["message"]
    assert "ZeroDivisionError" in run.traceback
    assert "s3cr3t" not in run.traceback
    assert "ZeroDivisionError" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_a_step_without_rollback_is_passed_over(mode: Mode) -> None:
    run = mode([{"name": "a"}, {"name": "b", "rollback": False}, {"name": "c", "does": "raise"}])
    assert run.state == "rolled_back"
    assert effects() == ["a", "b", "-a"]


def test_a_failing_rollback_is_recorded_and_the_others_go_on(mode: Mode) -> None:
    run = mode([{"name": "a"}, {"name": "b", "undo": "fail"}, {"name": "c"}, {"name": "d", "does": "raise"}])
    assert run.state == "rollback_failed"
    assert effects() == ["a", "b", "c", "-c", "-a"]
    failed = Step.objects.get(phase="back", state="failed")
    assert (failed.seq, failed.attempt) == (1, 4)
    assert failed.error
    assert failed.error["code"] == "internal_error"


def test_a_rollback_that_fails_once_is_tried_again(mode: Mode, tmp_path: Path) -> None:
    run = mode([{"name": "a", "undo": f"fail once {tmp_path / 'marker'}"}, {"name": "b", "does": "raise"}])
    assert run.state == "rolled_back"
    assert effects() == ["a", "-a"]
    assert Step.objects.get(phase="back").attempt == 2


def test_an_empty_plan_succeeds(mode: Mode) -> None:
    assert mode([]).state == "success"
