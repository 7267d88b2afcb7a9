"""How many commits a run costs, what is in them, and what stays in the process after it."""

from __future__ import annotations

import gc
import os
import resource
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import enumerate as threads
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.orchestration import lease, points
from domains.orchestration.exceptions import Fenced
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.workers import wait_for

pytestmark = pytest.mark.django_db(transaction=True)
PROGRAM = [{"name": name} for name in "abcde"]


def nothing(orchestrator: MainOrchestrator) -> None:
    """No work at all."""


def five_of_nothing(*, durable: bool) -> None:
    """Five steps that do nothing, as the benchmark runs them."""
    from domains.orchestration.inline import execute_inline

    main = OrchestratorRegistry.get("drill").orchestrator
    for _ in range(5):
        main.add_step(nothing)
    execute_inline(main, method="program", args={}, application="", durable=durable)


@pytest.fixture
def reached() -> Iterator[list[str]]:
    """The points that the engine reaches, in order."""
    names: list[str] = []
    points.arm(names.append)
    yield names
    points.arm(None)


def commits(queries: CaptureQueriesContext) -> int:
    """How many transactions were committed."""
    return sum(query["sql"] == "COMMIT" for query in queries.captured_queries)


def test_a_durable_run_is_one_insert_and_a_commit_a_step() -> None:
    with CaptureQueriesContext(connection) as queries:
        info = run_now("drill", "program", program=PROGRAM, durable=True)
    run = Run.objects.get(uuid=info.uuid)
    assert (info.state, run.state, run.cursor, run.lease_until) == ("success", "success", 5, None)
    assert commits(queries) == 5, "the run's row goes in by a statement of its own, the end by the last step's commit"
    assert [step.state for step in Step.objects.all()] == ["done"] * 5


def test_a_run_of_one_transaction_is_one_commit() -> None:
    with CaptureQueriesContext(connection) as queries:
        info = run_now("drill", "program", program=PROGRAM)
    run = Run.objects.get(uuid=info.uuid)
    assert commits(queries) == 1
    assert (run.state, run.ended is not None, run.steps.count()) == ("success", True, 5)


def test_both_ways_of_running_leave_the_same_rows() -> None:
    rows = []
    for durable in (False, True):
        info = run_now("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "201"}], durable=durable)
        run = Run.objects.get(uuid=info.uuid)
        fields: tuple[str, ...] = (
            "orchestrator",
            "method",
            "state",
            "plan",
            "args",
            "context",
            "cursor",
            "direction",
            "result",
        )
        fields += ("result_status", "error", "epoch", "attempt", "waits_for", "lease_until", "retry_at", "lease_owner")
        steps = [(s.seq, s.phase, s.name, s.kind, s.state, s.attempt, s.delta, s.error) for s in run.steps.all()]
        rows.append(([getattr(run, name) for name in fields], steps, info.result))
    assert rows[0] == rows[1]
    assert rows[0][2] == {"from": "b"}


def test_hand_written_rows_are_as_the_orm_would_write_them() -> None:
    before = timezone.now()
    with pytest.raises(ZeroDivisionError):
        run_now(
            "drill", "program", program=[{"name": "ä"}, {"name": "b", "does": "raise"}], durable=True, deadline_s=99
        )
    run = Run.objects.get()
    moments = [run.created, run.started, run.ended, *(m for s in Step.objects.all() for m in (s.started, s.ended))]
    assert all(m is not None and before - timedelta(seconds=1) < m < timezone.now() for m in moments), moments
    assert run.deadline is not None
    assert timedelta(seconds=90) < run.deadline - before < timedelta(seconds=110)
    assert run.context == {"seen": ["ä"]}
    again = Run.objects.get(uuid=run.uuid, state="rolled_back", error__code="internal_error", parent=None)
    again.save()
    assert Run.objects.get().plan == run.plan


def test_the_note_of_an_external_step_rides_on_the_commit_before(tmp_path: Path, reached: list[str]) -> None:
    outside = {"name": "b", "external": True, "file": str(tmp_path / "traces")}
    with CaptureQueriesContext(connection) as queries:
        run_now("drill", "program", program=[{"name": "a"}, outside, {"name": "c"}])
    assert commits(queries) == 3
    step, outside_points = ["step.journalled", "step.committed"], ["external.noted", "external.called"]
    last = ["run.ending", "step.journalled", "step.committed", "run.ended"]
    assert reached == [*step, *outside_points, "external.committed", *last]


def test_the_points_of_a_run_that_rolls_back(reached: list[str]) -> None:
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}, {"name": "c", "does": "refuse"}])
    reached.clear()
    run_queued()
    step = ["step.journalled", "step.committed"]
    back = ["rollback.first", "rollback.committed", "rollback.committed"]
    assert reached == ["run.claimed", *step, *step, *back, "run.ending", "run.ended"]


def test_the_points_of_a_run_of_one_transaction(reached: list[str]) -> None:
    run_now("drill", "program", program=[{"name": "a"}])
    assert reached[-2:] == ["run.ending", "run.ended"], "the end comes after the commit"


def test_a_claimed_run_is_carried_out_without_reading_it_again() -> None:
    start("drill", "program", program=PROGRAM)
    run = Run.objects.get()
    with CaptureQueriesContext(connection) as queries:
        assert runs.claim_next(["default"], "me")
    assert len(queries) <= 4, [query["sql"] for query in queries.captured_queries]
    run.refresh_from_db()
    assert (run.state, run.epoch, run.attempt, run.lease_owner) == ("running", 1, 1, "me")


@pytest.fixture
def short_leases(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases of three seconds, and a heartbeat that no test before has started."""
    settings.RUN_LEASE_S = 3
    monkeypatch.setattr(lease, "_heartbeat", lease.Heartbeat())


def beats() -> int:
    """How many heartbeats this process has, but for those that belong to tests before."""
    thread = lease._heartbeat._thread
    return 0 if thread is None else sum(other is thread for other in threads())


def assert_renewed(*held: Run, times: int = 3) -> None:
    """Wait until the lease of each run was renewed so often, every time before it was over."""
    ends: dict[int, list[Any]] = {run.pk: [] for run in held}

    def renewed() -> bool:
        for pk, seen in ends.items():
            end = Run.objects.get(pk=pk).lease_until
            seen += [end] if end not in seen else []
        return all(len(seen) > times for seen in ends.values())

    wait_for(renewed, "the renewal of every lease")
    assert all(later - end < timedelta(seconds=3) for seen in ends.values() for end, later in pairwise(seen))


@pytest.mark.usefixtures("short_leases")
def test_one_thread_renews_every_lease_of_the_process_and_ends_when_there_is_none() -> None:
    for name in "ab":
        start("drill", "program", program=[{"name": name}])
    held = [run for run in Run.objects.order_by("id") if runs.claim(run, "me")]
    with lease.kept(held[0]), lease.kept(held[1]):
        assert_renewed(*held)
        assert beats() == 1
    wait_for(lambda: beats() == 0, "the end of the heartbeat")
    wait_for(lambda: runs.expired().count() == 2, "the end of both leases")


@pytest.mark.usefixtures("short_leases")
def test_the_heartbeat_of_a_forked_process_is_its_own() -> None:
    start("drill", "program", program=[{"name": "a"}])
    run = Run.objects.get()
    assert runs.claim(run, "parent")
    with lease.kept(run):
        connection.close()
        child = os.fork()
        if child == 0:
            os._exit(beats() + len(lease._heartbeat._held))
        _, status = os.waitpid(child, 0)
        assert status == 0
        assert_renewed(run)


def test_a_run_that_was_taken_over_is_fenced_whatever_is_written(settings: Any) -> None:
    from domains.orchestration.durable import DurableJournal
    from domains.orchestration.journal import Entry
    from domains.orchestration.plan import Plan
    from domains.orchestration.states import Phase

    start("drill", "program", program=PROGRAM)
    run = Run.objects.get()
    assert runs.claim(run, "slow")
    journal = DurableJournal(run)
    Run.objects.update(epoch=2, lease_owner="fast")
    step = Plan.from_json(run.plan).steps[0]
    changes: list[dict[str, Any]] = [{}, {"state": "success", "ended": timedelta(0)}]
    for state in changes:
        with pytest.raises(Fenced):
            journal.write(Entry(0, Phase.FORWARD, step, timezone.now()), cursor=1, **state)
    run.refresh_from_db()
    assert (run.state, run.cursor, Step.objects.count()) == ("running", 0, 0)


@pytest.mark.parametrize("durable", [True, False])
def test_finished_runs_leave_nothing_in_the_process(durable: bool) -> None:
    def carried_out(count: int) -> None:
        for _ in range(count):
            five_of_nothing(durable=durable)
        gc.collect()

    carried_out(30)
    before, objects = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(gc.get_objects())
    carried_out(150)
    assert len(gc.get_objects()) - objects < 150, "less than one object a run"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
