"""What django-q2 does not survive by itself (docs/queue.md): processes killed for real, messages lost and repeated.

One worker goes through all of it; each drill finds it complete again.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.utils import timezone
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from domains.orchestration.models import Run, Schedule, Worker
from domains.orchestration.states import Queue
from domains.orchestration.wakeups import WAKE
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.drill_worker import Pace
from tests.domains.orchestration.processes import orm_queue, run_code
from tests.domains.orchestration.workers import Crew, begin, finish, gone, hired, outside, suspended, wait_for, waiting

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), orm_queue]


@pytest.fixture(scope="module")
def shift() -> Iterator[ExitStack]:
    """What lives as long as the drills of this file."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def crew(shift: ExitStack, transactional_db: None) -> Crew:
    """The worker, complete."""
    found: Crew | None = getattr(shift, "crew", None)
    if found is None or found.process.poll() is not None:
        found = shift.enter_context(hired(pace=Pace(patience_s=8.0)))
        shift.crew = found  # type: ignore[attr-defined]
    wait_for(found.is_ready, "the cluster")
    found.everyone()
    return found


def kill(processes: list[psutil.Process]) -> None:
    """As the kernel does when memory is short."""
    for process in processes:
        process.kill()


@pytest.mark.parametrize("who", ["idle workers", "monitor", "pusher", "sentinel", "main"])
def test_after_any_process_of_the_queue_was_killed_runs_go_on(crew: Crew, who: str) -> None:
    begin()
    finish()
    victims = {
        "idle workers": crew.hands()[:2],
        "monitor": crew.hands()[2:3],
        "pusher": crew.hands()[3:],
        "sentinel": [crew.sentinel()],
        "main": [crew.main()],
    }[who]
    below = crew.everyone()[1:]
    kill(victims)
    begin(3)
    finish()
    wait_for(lambda: gone(below), "the end of what belonged to it")
    wait_for(lambda: Worker.objects.filter(restarts__gt=0).exists(), "the number of restarts")
    assert effects() == ["a", "b"] * 4 or sorted(effects()) == ["a"] * 4 + ["b"] * 4


def test_a_killed_busy_worker_costs_a_claim_and_its_neighbours_none(crew: Crew, tmp_path: Path) -> None:
    go, other = tmp_path / "go", tmp_path / "other"
    begin(1, outside("a", go), {"name": "b"})
    begin(1, outside("c", other), {"name": "d"})
    waiting(other)
    hand, owners = waiting(go), set(Run.objects.values_list("lease_owner", flat=True))
    os.kill(hand, signal.SIGKILL)
    again = Run.objects.filter(state="running").exclude(lease_owner__in=owners)
    wait_for(lambda: again.count() == 2, "the next claims")
    assert list(Run.objects.order_by("id").values_list("attempt", flat=True)) == [2, 1]
    for file in (go, other):
        file.touch()
    finish()
    assert sorted(effects()) == ["b", "d"]


def test_a_run_that_kills_its_worker_each_time_is_given_up_and_the_others_go_on(crew: Crew) -> None:
    (poison,) = begin(1, {"name": "poison", "does": "die"})
    others = begin(3)
    wait_for(lambda: Run.objects.get(pk=poison.pk).state == "dead", "the burial")
    wait_for(lambda: {Run.objects.get(pk=run.pk).state for run in others} == {"success"}, "the others")
    assert Run.objects.get(pk=poison.pk).attempt == 5


def test_workers_that_hang_are_started_again(crew: Crew) -> None:
    """Every process is alive, and none takes anything: what django-q2 calls a healthy cluster."""
    below = crew.hands()
    for process in below[:2]:
        process.suspend()
    begin()
    finish()
    wait_for(lambda: gone(below), "the end of the wedged cluster")


def test_a_pusher_that_hangs_costs_seconds_only(crew: Crew) -> None:
    with suspended(crew.hands()[3]):
        begin(2)
        finish()


def test_lost_messages_cost_seconds_only(crew: Crew) -> None:
    with suspended(crew.hands()[3]):
        begin(5)
        OrmQ.objects.all().delete()
        finish()


def test_what_is_scheduled_comes_where_no_message_does(crew: Crew) -> None:
    with suspended(crew.hands()[3]):
        this_minute = timezone.now().replace(second=0, microsecond=0)
        due = {"orchestrator": "trace", "method": "no such method", "next_run": this_minute}
        Schedule.objects.create(name="due", cron="* * * * *", **due)
        wait_for(lambda: Schedule.objects.get(name="due").last_error, "the tick")


def test_a_message_delivered_ten_times_is_one_run(crew: Crew) -> None:
    begin()
    for _ in range(10):
        async_task(WAKE, *Queue.values, save=False)
    finish()
    wait_for(lambda: not OrmQ.objects.exists(), "the end of the messages")
    assert effects() == ["a", "b"]
    assert Run.objects.get().attempt == 1


def test_a_message_that_cannot_be_read_stops_nothing(crew: Crew) -> None:
    """A payload signed with a key of yesterday, and one whose function is gone."""
    yesterday = run_code(
        "from django_q.tasks import async_task\nasync_task('nothing.of.the.kind')\n", SECRET_KEY="yesterday" * 5
    )
    assert yesterday.returncode == 0, yesterday.stdout
    async_task("domains.orchestration.tasks.no_such_function", save=False)
    OrmQ.objects.create(key="vault", payload="broken", lock=timezone.now() - timedelta(seconds=1))
    begin(2)
    finish()
    wait_for(lambda: not OrmQ.objects.exists(), "the end of the messages")


def test_after_the_secret_key_was_changed_runs_of_the_old_one_go_on(crew: Crew) -> None:
    code = "from tests.domains.orchestration.drill import registered\nfrom domains.orchestration.start import start\n"
    code += "with registered(): start('drill', 'program', program=[{'name': 'old'}])\n"
    done = run_code(code, SECRET_KEY="the key of the day before this one")
    assert done.returncode == 0, done.stdout
    finish()
    assert effects() == ["old"]


def test_arguments_of_a_message_are_names_of_queues_only(crew: Crew) -> None:
    with suspended(crew.hands()[3]):
        begin()
        task = SignedPackage.loads(OrmQ.objects.get().payload)
    assert (task["func"], task["args"], task["kwargs"]) == (WAKE, ("high", "default", "bulk"), {})
    finish()
