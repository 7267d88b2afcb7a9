"""Starting runs: one commit, one run a key, the actor and the request carried along."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.audit.reads import event_list, events_of_run
from domains.base.ambient import ambient
from domains.base.errors import ValidationFailed
from domains.orchestration import points
from domains.orchestration.carry_out import carry_out_claimed
from domains.orchestration.exceptions import ContextError
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.service import runs
from domains.orchestration.start import RunInfo, run_now, start, start_again
from domains.orchestration.states import Queue
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.processes import spawn

PROGRAM = [{"name": "a"}, {"name": "b"}, {"name": "c"}]


def commits(queries: CaptureQueriesContext) -> int:
    """How many transactions were committed."""
    return sum(query["sql"] == "COMMIT" for query in queries.captured_queries)


@pytest.mark.django_db(transaction=True)
def test_a_run_its_event_and_its_wake_up_are_one_commit() -> None:
    with CaptureQueriesContext(connection) as queries:
        info = start("drill", "program", program=PROGRAM, application="skyflow")
    assert commits(queries) == 1
    assert (info.state, info.created, info.result) == ("queued", True, None)
    assert info.url == Run.objects.get().get_absolute_url()
    event = event_list().get()
    assert (event.action, event.object_id) == ("orchestration.run.started", str(info.uuid))
    assert event.application == "skyflow"


@pytest.mark.django_db(transaction=True)
def test_an_inline_run_of_database_steps_is_one_commit() -> None:
    with CaptureQueriesContext(connection) as queries:
        info = run_now("drill", "program", program=PROGRAM)
    assert commits(queries) == 1
    assert info.state == "success"
    assert effects() == ["a", "b", "c"]
    assert Step.objects.count() == RunLog.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_queued_run_commits_once_a_step() -> None:
    start("drill", "program", program=PROGRAM)
    claimed = runs.claim_next(list(Queue.values), "me")
    assert claimed
    with CaptureQueriesContext(connection) as queries:
        carry_out_claimed(claimed)
    assert commits(queries) == len(PROGRAM)


@pytest.mark.django_db
def test_the_same_key_returns_the_active_run() -> None:
    first = start("drill", "program", program=PROGRAM, key="nightly")
    second = start("drill", "program", program=PROGRAM, key="nightly")
    assert (second.uuid, second.created) == (first.uuid, False)
    assert event_list().filter(action="orchestration.run.started").count() == 1
    run_queued()
    third = start("drill", "program", program=PROGRAM, key="nightly")
    assert third.created
    assert third.uuid != first.uuid


@pytest.mark.django_db
def test_runs_without_a_key_are_never_the_same() -> None:
    assert start("drill", "program", program=[]).uuid != start("drill", "program", program=[]).uuid


@pytest.mark.django_db(transaction=True)
def test_threads_that_start_the_same_key_at_once_get_one_run() -> None:
    barrier = Barrier(8)

    def go(number: int) -> RunInfo:
        try:
            barrier.wait()
            return start("drill", "program", program=PROGRAM, key="once")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        infos = list(pool.map(go, range(8)))
    assert len({info.uuid for info in infos}) == 1
    assert sum(info.created for info in infos) == 1
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_processes_that_start_the_same_key_at_once_get_one_run() -> None:
    code = (
        "import django; django.setup()\n"
        "from tests.domains.orchestration.drill import registered\n"
        "from domains.orchestration.start import start\n"
        "with registered():\n"
        "    for n in range(20): print(start('drill', 'program', program=[], key=f'k{n}').created, flush=True)\n"
    )
    processes = [spawn("-c", code) for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert sum(line == "True" for output in outputs for line in output.splitlines()) == 20
    assert Run.objects.count() == 20


@pytest.mark.django_db
def test_the_worker_acts_for_whoever_started_the_run(admin: User) -> None:
    with ambient(request_id="r-1"):
        info = start("drill", "program", program=[{"name": "a"}], actor=admin, application="nexus")
    run_queued()
    event = events_of_run(str(info.uuid)).get()
    assert (event.actor, event.actor_name) == (admin, "admin")
    assert (event.request_id, event.application) == ("r-1", "nexus")


@pytest.mark.django_db
def test_arguments_that_cannot_be_stored_are_refused() -> None:
    with pytest.raises(ContextError, match="argument program"):
        start("drill", "program", program=object())
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_a_failed_inline_run_stays_visible_with_its_steps() -> None:
    with pytest.raises(ZeroDivisionError):
        run_now("drill", "program", program=[{"name": "a"}, {"name": "b", "does": "raise"}])
    assert Run.objects.get().state == "rolled_back"
    assert list(Step.objects.values_list("seq", "phase", "state")) == [
        (0, "fwd", "done"),
        (1, "fwd", "failed"),
        (0, "back", "done"),
    ]


@pytest.mark.django_db
def test_the_notes_of_a_raised_error_name_the_rollbacks_that_failed() -> None:
    program = [{"name": "a", "undo": "fail"}, {"name": "b", "does": "raise"}]
    with pytest.raises(ZeroDivisionError) as caught:
        run_now("drill", "program", program=program)
    assert "undo_act" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("queue", {"queue": "fast"}),
        ("priority", {"priority": 40_000}),
        ("deadline_s", {"deadline_s": 0}),
        ("deadline_s", {"deadline_s": -1.5}),
        ("key", {"key": "k" * 201}),
        ("key", {"key": "a\x00b"}),
        ("application", {"application": "a" * 65}),
    ],
)
@pytest.mark.django_db
def test_a_place_or_a_name_that_cannot_be_is_refused_by_name(field: str, values: dict[str, object]) -> None:
    with pytest.raises(ValidationFailed) as caught:
        start("drill", "program", program=[], **values)  # type: ignore[arg-type]
    assert list(caught.value.fields) == [field]
    assert not Run.objects.exists()


@pytest.mark.django_db
def test_high_comes_before_default_before_bulk_and_priority_before_age() -> None:
    for name, values in {
        "bulk": {"queue": "bulk", "priority": 9},
        "old": {},
        "young": {},
        "urgent": {"priority": 1},
        "high": {"queue": "high", "priority": -1},
    }.items():
        start("drill", "program", program=[{"name": name}], **values)  # type: ignore[arg-type]
    run_queued()
    assert effects() == ["high", "urgent", "old", "young", "bulk"]


@pytest.mark.django_db
def test_a_deadline_is_a_time_from_now_and_again_when_it_is_run_again() -> None:
    info = start("drill", "program", program=[], deadline_s=3600, priority=3, queue="bulk")
    run = Run.objects.get(uuid=info.uuid)
    Run.objects.update(created=run.created - timedelta(days=1), deadline=timezone.now() - timedelta(hours=23))
    again = Run.objects.get(uuid=start_again(Run.objects.get()).uuid)
    assert run.deadline is not None
    assert again.deadline is not None
    assert abs((run.deadline - timezone.now()).total_seconds() - 3600) < 60
    assert abs((again.deadline - timezone.now()).total_seconds() - 3600) < 60
    assert (again.queue, again.priority) == ("bulk", 3)


@pytest.mark.django_db(transaction=True)
def test_a_durable_inline_run_commits_each_step() -> None:
    with CaptureQueriesContext(connection) as queries:
        info = run_now("drill", "program", durable=True, program=PROGRAM)
    assert commits(queries) >= len(PROGRAM)
    assert (info.state, effects()) == ("success", ["a", "b", "c"])


@pytest.mark.django_db(transaction=True)
def test_the_points_of_a_start_are_reached_in_their_order() -> None:
    reached: list[tuple[str, bool]] = []
    points.arm(lambda point: reached.append((point, Run.objects.exists())))
    try:
        start("drill", "program", program=[])
    finally:
        points.arm(None)
    assert reached == [("start.before_insert", False), ("start.committed", True), ("start.announced", True)]
