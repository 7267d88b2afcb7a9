"""The reaper: pauses and deadlines that are over, silent workers, forgotten runs; and a tick whose parts fail alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from domains.orchestration import points, reaper, tasks
from domains.orchestration.models import Run
from domains.orchestration.reaper import reap, wake_forgotten
from domains.orchestration.service import runs
from domains.orchestration.start import start
from tests.domains.orchestration.processes import orm_queue, run_code

pytestmark = [pytest.mark.django_db, orm_queue]
MINUTE = timedelta(minutes=1)


def queued(count: int = 1, **values: object) -> list[Run]:
    """Runs, changed to `values`, of which no worker has been told."""
    for _ in range(count):
        start("drill", "program", program=[{"name": "a"}])
    Run.objects.update(**values)
    OrmQ.objects.all().delete()
    return list(Run.objects.order_by("id"))


def test_it_asks_one_question_where_there_is_nothing_to_do(django_assert_num_queries: object) -> None:
    queued()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert reap() == 0


def test_a_run_whose_pause_is_over_goes_on() -> None:
    due, later = queued(2, state="waiting", waits_for="retry", retry_at=timezone.now() + MINUTE, attempt=1)
    Run.objects.filter(pk=due.pk).update(retry_at=timezone.now() - MINUTE)
    assert reap() == 1
    due, later = runs.get(pk=due.pk), runs.get(pk=later.pk)
    assert (due.state, due.waits_for, due.retry_at, due.epoch, due.attempt) == ("queued", "", None, 1, 1)
    assert (later.state, later.epoch) == ("waiting", 0)
    assert due.woken is not None
    assert OrmQ.objects.count() == 1
    assert reap() == 0


def test_a_pause_ends_with_the_deadline() -> None:
    hour = timezone.now() + 60 * MINUTE
    queued(state="waiting", waits_for="retry", retry_at=hour, deadline=timezone.now() - MINUTE)
    assert reap() == 1
    assert Run.objects.get().state == "queued"


def test_a_run_that_turns_back_keeps_its_pause_whatever_its_deadline() -> None:
    now = timezone.now()
    pause: dict[str, object] = {"state": "waiting", "waits_for": "retry", "retry_at": now + MINUTE}
    queued(1, **pause, deadline=now - MINUTE, direction="back")
    assert reap() == 0


def test_a_run_that_nobody_began_before_its_deadline_ends() -> None:
    queued(deadline=timezone.now() - MINUTE)
    assert reap() == 1
    run = Run.objects.get()
    assert (run.state, run.epoch) == ("rolled_back", 1)
    assert run.ended is not None
    assert run.error is not None
    assert run.error["code"] == "deadline"


@pytest.mark.parametrize(
    "values", [{"started": timezone.now()}, {"state": "running", "lease_until": timezone.now() + 60 * MINUTE}]
)
def test_a_run_that_was_begun_is_left_to_its_worker_at_its_deadline(values: dict[str, object]) -> None:
    queued(1, deadline=timezone.now() - MINUTE, **values)
    assert reap() == 0


def test_children_wait_for_each_other_whatever_the_time() -> None:
    parent, child = queued(2, state="waiting", waits_for="children", deadline=timezone.now() - MINUTE)
    Run.objects.filter(pk=child.pk).update(parent=parent, state="queued", waits_for="")
    assert reap() == 0


def test_runs_of_a_silent_worker_are_queued_and_announced_and_their_claims_count() -> None:
    past = timezone.now() - MINUTE
    queued(3, state="running", lease_owner="host:1:1", lease_until=past, attempt=2, epoch=4)
    assert reap() == 3
    assert set(Run.objects.values_list("state", "attempt", "epoch", "lease_owner")) == {("queued", 2, 5, "")}
    assert OrmQ.objects.count() == settings.Q_CLUSTER["workers"]
    assert not Run.objects.filter(woken=None).exists()


def test_a_run_that_keeps_killing_its_worker_is_buried_and_never_queued_again() -> None:
    queued(state="running", lease_until=timezone.now() - MINUTE, attempt=5)
    assert reap() == 1
    run = Run.objects.get()
    assert run.state == "dead"
    assert run.error is not None
    assert run.error["code"] == "dead"
    assert not OrmQ.objects.exists()


def test_any_number_of_runs_is_queued_with_few_wake_ups() -> None:
    queued(3)
    values = {"state": "running", "lease_until": timezone.now() - MINUTE, "attempt": 1, "plan": {}}
    runs.bulk_create(Run(orchestrator="drill", method="program", **values) for _ in range(250))
    OrmQ.objects.all().delete()
    assert reap() == 250
    assert OrmQ.objects.count() <= 3 * settings.Q_CLUSTER["workers"]


def test_forgotten_runs_are_announced_again_once_a_minute_with_few_messages() -> None:
    queued(10, woken=timezone.now() - 2 * MINUTE)
    assert wake_forgotten() == 10
    assert OrmQ.objects.count() == settings.Q_CLUSTER["workers"]
    assert wake_forgotten() == 0


def test_leases_of_dead_processes_end_at_once_and_count_unless_they_were_innocent() -> None:
    held = {"state": "running", "lease_until": timezone.now() + MINUTE, "attempt": 2}
    guilty, innocent, other = queued(3, **held)
    for run, owner in ((guilty, "host:1:9"), (innocent, "host:2:9"), (other, "elsewhere:1:9")):
        Run.objects.filter(pk=run.pk).update(lease_owner=owner)
    assert sorted(runs.live_owners("host")) == ["host:1:9", "host:2:9"]
    runs.expire_leases(["host:1:9"], counted=True)
    runs.expire_leases(["host:2:9"], counted=False)
    assert reap() == 2
    assert list(Run.objects.order_by("id").values_list("state", "attempt")) == [
        ("queued", 2),
        ("queued", 1),
        ("running", 2),
    ]


@pytest.mark.django_db(transaction=True)
def test_reapers_at_the_same_time_take_each_run_once() -> None:
    queued(20, state="running", lease_until=timezone.now() - MINUTE, attempt=1)
    barrier = Barrier(4)

    def go(number: int) -> int:
        try:
            barrier.wait()
            return reap()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(go, range(4))) == 20
    assert set(Run.objects.values_list("state", "epoch", "attempt")) == {("queued", 1, 1)}


@pytest.mark.django_db(transaction=True)
def test_a_reaper_that_dies_before_its_wake_up_has_done_nothing() -> None:
    queued(state="running", lease_until=timezone.now() - MINUTE, attempt=1)
    code = (
        "import os\n"
        "from domains.orchestration import points\n"
        "from domains.orchestration.reaper import reap\n"
        "points.arm(lambda point: os._exit(9) if point == 'reaper.released' else None)\n"
        "reap()\n"
    )
    assert run_code(code).returncode == 9
    assert Run.objects.get().state == "running"
    assert not OrmQ.objects.exists()
    assert reap() == 1


def test_the_point_between_release_and_wake_up_is_reached() -> None:
    queued(state="running", lease_until=timezone.now() - MINUTE, attempt=1)
    reached: list[str] = []
    points.arm(reached.append)
    try:
        reap()
    finally:
        points.arm(None)
    assert reached == ["reaper.released"]


def test_a_part_of_the_tick_that_fails_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def good() -> int:
        called.append("good")
        return 0

    def bad() -> int:
        called.append("bad")
        raise ZeroDivisionError

    monkeypatch.setattr(tasks, "PARTS", (bad, good, bad, good))
    tasks.tick()
    assert called == ["bad", "good", "bad", "good"]
    assert [part.__name__ for part in (reaper.reap, reaper.wake_forgotten)] == ["reap", "wake_forgotten"]
