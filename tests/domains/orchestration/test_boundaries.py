"""What is looked at between two steps: who wants to stop, whether the code still fits, what is done already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from domains.base.errors import NotFound
from domains.orchestration import orchestrator, points, stopping
from domains.orchestration.carry_out import carry_out
from domains.orchestration.durable import DurableJournal
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.plan import signature_of
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import orm_queue, wake_elsewhere

pytestmark = pytest.mark.django_db
ABC = [{"name": "a"}, {"name": "b"}, {"name": "c"}]


@pytest.fixture
def not_stopping() -> Iterator[None]:
    """Whatever a test asks of this process is over with it."""
    yield
    stopping.withdraw()
    points.arm(None)


def queued(*program: dict[str, Any], **options: Any) -> Run:
    """A run of the program that waits for a worker."""
    start("drill", "program", program=list(program), **options)
    return Run.objects.latest("id")


def at_step(number: int, action: Any) -> None:
    """Do that after the commit of the step of that number, the first being 1."""
    commits = iter(range(1, 100))

    def reached(point: str) -> None:
        if point in ("step.committed", "external.committed") and next(commits) == number:
            action()

    points.arm(reached)


@pytest.mark.usefixtures("not_stopping")
@pytest.mark.parametrize("number", [1, 2])
def test_a_worker_that_is_stopped_hands_its_run_back_at_the_next_boundary(number: int) -> None:
    run = queued(*ABC)
    at_step(number, stopping.request)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cursor, run.attempt) == ("queued", number, 0)
    assert (run.lease_owner, run.lease_until) == ("", None)
    stopping.withdraw()
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, effects()) == ("success", 1, ["a", "b", "c"])


@pytest.mark.usefixtures("not_stopping")
def test_a_run_that_somebody_waits_for_tries_a_failing_rollback_no_oftener_while_its_process_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(DurableJournal, "pauses", (0.01, 0.01, 0.01))
    at_step(1, stopping.request)
    with pytest.raises(ZeroDivisionError):
        run_now(
            "drill", "program", program=[{"name": "a", "undo": "fail"}, {"name": "b", "does": "raise"}], durable=True
        )
    assert Run.objects.get().state == "rollback_failed"
    assert Step.objects.get(phase="back").attempt == 4


@orm_queue
@pytest.mark.usefixtures("not_stopping")
def test_a_run_that_is_handed_back_is_announced_and_no_step_of_it_looks_begun(tmp_path: Path) -> None:
    run = queued({"name": "a"}, {"name": "b", "external": True, "file": str(tmp_path / "traces")})
    OrmQ.objects.all().delete()
    at_step(1, stopping.request)
    carry_out(run.pk)
    assert OrmQ.objects.count() == 1
    assert [(step.seq, step.state) for step in Step.objects.all()] == [(0, "done")]


@pytest.mark.usefixtures("not_stopping")
def test_a_worker_that_is_stopped_on_the_way_back_leaves_the_rest_to_the_next() -> None:
    run = queued(*ABC, {"name": "d", "does": "refuse"})
    points.arm(lambda point: stopping.request() if point == "rollback.committed" else None)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.direction, effects()) == ("queued", "back", ["a", "b", "c", "-c"])
    stopping.withdraw()
    points.arm(None)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", ["a", "b", "c", "-c", "-b", "-a"])
    assert run.error
    assert run.error["code"] == "validation_failed"


@pytest.mark.usefixtures("not_stopping")
@pytest.mark.parametrize(
    ("external", "number", "done"), [(True, 1, "a"), (True, 2, "ab"), (False, 1, "ab"), (False, 2, "abc")]
)
def test_a_cancel_is_seen_at_each_boundary(tmp_path: Path, external: bool, number: int, done: str) -> None:
    """Before an external step the flag is asked for; a database step's own commit tells it, the last one's too."""
    outside = {"external": True, "file": str(tmp_path / "traces")} if external else {}
    run = queued(*(step | outside for step in ABC))
    at_step(number, lambda: runs.request_cancel(run.pk))
    carry_out(run.pk)
    run.refresh_from_db()
    names = [line.split()[0] for line in (tmp_path / "traces").read_text().splitlines()] if external else effects()
    assert (run.state, names) == ("cancelled", [*done, *(f"-{name}" for name in reversed(done))])
    assert {step.state for step in Step.objects.all()} == {"done"}


@pytest.mark.parametrize("does", ["cancel", "cancel 200"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_cancel_during_a_step_is_seen_at_its_end_even_if_it_is_the_last(number: int, does: str) -> None:
    steps = [{"name": "a"}, {"name": "b"}]
    steps[number]["does"] = does
    run = queued(*steps)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("cancelled", ["a", "-a"] if number == 0 else ["a", "b", "-b", "-a"])
    assert run.error
    assert run.error["code"] == "cancelled"


@pytest.mark.parametrize("does", ["cancel", "cancel 200"])
def test_a_cancel_during_a_last_step_outside_undoes_that_step_too(tmp_path: Path, does: str) -> None:
    """Its end is one commit with the run's, which is refused once somebody has asked."""
    traces = tmp_path / "traces"
    run = queued({"name": "a"}, {"name": "b", "does": does, "external": True, "file": str(traces)})
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error and run.error["code"]) == ("cancelled", "cancelled")
    assert [line.split()[0] for line in traces.read_text().splitlines()] == ["b", "-b"]
    assert effects() == ["a", "-a"]
    assert list(Step.objects.filter(phase="fwd").values_list("state", flat=True)) == ["done", "done"]


def test_a_run_of_one_transaction_cannot_be_cancelled_since_nobody_sees_it_before_its_end() -> None:
    with pytest.raises(NotFound):
        run_now("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "cancel"}])
    run = Run.objects.get()
    assert (run.state, run.cancel_requested, effects()) == ("rolled_back", False, ["a", "-a"])


def test_a_cancel_on_the_way_back_changes_nothing() -> None:
    run = queued({"name": "a"}, {"name": "b", "does": "cancel fail", "external": True, "file": "/dev/null"})
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", ["a", "-a"])
    assert run.error
    assert run.error["code"] == "upstream_failed"


def grown(orchestrator: MainOrchestrator, name: str, colour: str) -> None:
    """What a step looks like after a change of the code."""


def test_a_signature_tells_names_kinds_and_what_may_be_left_out() -> None:
    def one(orchestrator: MainOrchestrator, name: str) -> None: ...
    def same(orchestrator: MainOrchestrator, name: int) -> None: ...
    def optional(orchestrator: MainOrchestrator, name: str = "") -> None: ...
    def keyword(orchestrator: MainOrchestrator, *, name: str) -> None: ...

    assert signature_of(one, None) == signature_of(same, None)
    assert len({signature_of(one), signature_of(optional), signature_of(keyword), signature_of(grown)}) == 4


@pytest.mark.parametrize("part", ["forward", "rollback", "verify"])
def test_a_step_whose_parameters_have_changed_blocks_the_run_before_anything_of_it_happens(part: str) -> None:
    run = queued({"name": "a"}, {"name": "b"})
    good = run.plan
    Run.objects.update(plan=good | {"steps": [good["steps"][0], good["steps"][1] | {part: f"{__name__}.grown"}]})
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cursor, effects()) == ("blocked", 1, ["a"])
    assert run.error
    assert "other arguments" in run.error["message"]
    assert run.lease_until is None
    Run.objects.update(plan=good)
    orchestrator.resume_run(run.uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("success", ["a", "b"])


def test_an_external_step_that_no_longer_fits_is_not_noted_as_begun() -> None:
    run = queued({"name": "a"}, {"name": "b", "external": True, "file": "/dev/null"})
    steps = run.plan["steps"]
    Run.objects.update(plan=run.plan | {"steps": [steps[0], steps[1] | {"forward": f"{__name__}.grown"}]})
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "blocked"
    assert [step.seq for step in Step.objects.all()] == [0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("effect", ["before", "after"])
def test_verify_decides_whether_an_interrupted_external_step_is_called_again(tmp_path: Path, effect: str) -> None:
    file = tmp_path / "traces"
    died = {"does": f"die once {tmp_path / 'died'}"} if effect == "before" else {}
    run = queued({"name": "a", "external": True, "file": str(file), "verify": True, **died}, {"name": "b"})
    if effect == "before":
        assert wake_elsewhere(run.pk) == -9
    else:
        die = "import os\nfrom domains.orchestration import points\n"
        die += "points.arm(lambda point: os.kill(os.getpid(), 9) if point == 'external.noted' else None)"
        assert wake_elsewhere(run.pk, first=die) == -9
    Run.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("success", ["b"])
    assert file.read_text().splitlines() == [f"a {run.uuid}:0"], "done once, whenever its worker died"
    assert [line.line for line in run.log_lines.filter(line="asked for a")] == ["asked for a"]


def test_verify_is_not_asked_before_the_first_call(tmp_path: Path) -> None:
    run_now("drill", "program", program=[{"name": "a", "external": True, "file": str(tmp_path / "t"), "verify": True}])
    assert not Run.objects.get().log_lines.filter(line="asked for a").exists()


def test_a_rollback_that_is_done_is_not_repeated_when_the_failed_ones_are(tmp_path: Path) -> None:
    marker = tmp_path / "fixed"
    run = queued({"name": "a"}, {"name": "b", "undo": "fail"}, {"name": "c"}, {"name": "d", "does": "refuse"})
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("rollback_failed", ["a", "b", "c", "-c", "-a"])
    steps = run.plan["steps"]
    steps[1]["kwargs"]["undo"] = f"die once {marker}"
    marker.touch()
    Run.objects.update(plan=run.plan)
    orchestrator.retry_rollback(run.uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, effects()) == ("rolled_back", ["a", "b", "c", "-c", "-a", "-b"])
    assert run.error
    assert run.error["code"] == "validation_failed"
    assert Step.objects.get(seq=1, phase="back").state == "done"
