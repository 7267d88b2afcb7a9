"""Several people and workers at the same run at the same moment, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from domains.audit.reads import event_list
from domains.base.ambient import ambient
from domains.base.errors import Conflict, ValidationFailed
from domains.orchestration import orchestrator
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run, Schedule
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import family_registered
from tests.domains.orchestration.processes import orm_queue, spawn

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 6
ROUNDS = 12
NIGHTLY: dict[str, Any] = {
    "name": "nightly",
    "orchestrator": "drill",
    "method": "program",
    "args": {"program": []},
    "cron": "0 3 * * *",
}


@pytest.fixture(autouse=True)
def family() -> Iterator[None]:
    """Register the family beside the drill."""
    with family_registered():
        yield


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the actions answer, or the Conflict that they raise, begun at the same moment in threads of their own."""
    barrier = Barrier(len(actions))

    def one(action: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return action()
        except Conflict as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(one, actions))


def conflicts(answers: Sequence[Any]) -> int:
    return sum(isinstance(answer, Conflict) for answer in answers)


def recorded(what: str) -> int:
    return event_list().filter(action=f"orchestration.{what}").count()


def one_of(program: Sequence[dict[str, Any]] = ({"name": "a"}, {"name": "b"}), **values: Any) -> Run:
    """A run of these steps in this state."""
    run = Run.objects.get(uuid=start("drill", "program", program=list(program)).uuid)
    Run.objects.filter(pk=run.pk).update(**values)
    return run


@pytest.mark.parametrize(
    ("act", "state", "event"),
    [
        ("resume_run", {"state": "dead"}, "run.resumed"),
        ("retry_step", {"state": "waiting", "waits_for": "retry"}, "run.step_retried"),
        ("retry_rollback", {"state": "rollback_failed"}, "run.rollback_retried"),
    ],
)
def test_of_many_who_press_at_once_one_is_heard(act: str, state: dict[str, Any], event: str) -> None:
    run = one_of(**state)
    answers = at_once([lambda: getattr(orchestrator, act)(run.uuid)] * PEOPLE)
    assert conflicts(answers) == PEOPLE - 1
    assert recorded(event) == 1
    run.refresh_from_db()
    assert (run.state, run.epoch) == ("queued", 1)


def test_many_who_cancel_at_once_cancel_once() -> None:
    claimed, fresh = one_of(state="running"), one_of()
    assert conflicts(at_once([lambda: orchestrator.cancel_run(claimed.uuid)] * PEOPLE)) == 0
    assert recorded("run.cancelled") == 1
    # A run that nobody has begun has ended for all but the first.
    assert conflicts(at_once([lambda: orchestrator.cancel_run(fresh.uuid)] * PEOPLE)) == PEOPLE - 1
    assert recorded("run.cancelled") == 2


def test_cancelling_while_a_worker_takes_the_run_undoes_all_or_nothing() -> None:
    for _ in range(ROUNDS):
        run = one_of()
        before = effects()
        asked, _ = at_once([partial(orchestrator.cancel_run, run.uuid), partial(carry_out, run.pk)])
        run_queued()
        run.refresh_from_db()
        done = effects()[len(before) :]
        assert run.is_finished
        if run.state == "cancelled":
            assert not isinstance(asked, Conflict)
            assert [name for name in done if name[0] != "-"] == [name[1:] for name in reversed(done) if name[0] == "-"]
        else:
            assert (run.state, done) == ("success", ["a", "b"])


def test_a_family_that_is_cancelled_while_workers_are_at_it_ends_and_blocks_nobody() -> None:
    for _ in range(3):
        children = [[{"name": f"c{number}"}, {"name": f"d{number}"}] for number in range(6)]
        info = start("family", "parent", children=children, limit=3)
        at_once([run_queued, run_queued, partial(orchestrator.cancel_run, info.uuid)])
        for _ in range(10):
            run_queued()
        states = set(Run.objects.filter(parent__uuid=info.uuid).values_list("state", flat=True))
        parent = Run.objects.get(uuid=info.uuid)
        assert parent.state in ("cancelled", "success")
        assert states <= {"cancelled", "rolled_back"} if parent.state == "cancelled" else states == {"success"}
        assert parent.pending_children == 0


def test_cancelling_a_parent_and_each_of_its_children_at_once_blocks_nobody() -> None:
    for _ in range(3):
        info = start("family", "parent", children=[[{"name": f"c{number}"}] for number in range(5)], limit=2)
        parent = Run.objects.get(uuid=info.uuid)
        carry_out(parent.pk)
        family = [info.uuid, *Run.objects.filter(parent=parent).values_list("uuid", flat=True)]
        at_once([partial(orchestrator.cancel_run, uuid) for uuid in family] + [run_queued])
        for _ in range(10):
            run_queued()
        assert not Run.objects.exclude(state__in=("cancelled", "rolled_back", "success")).exists()


def test_a_name_is_given_to_one_schedule_however_many_ask_for_it() -> None:

    def create() -> Any:
        try:
            return orchestrator.create_schedule(**NIGHTLY)
        except ValidationFailed as error:
            return error.fields

    answers = at_once([create] * PEOPLE)
    assert sum(answer == {"name": ["Another schedule has this name."]} for answer in answers) == PEOPLE - 1
    assert Schedule.objects.filter(name="nightly").count() == 1
    assert recorded("schedule.created") == 1


def test_a_schedule_is_started_by_hand_once_however_many_press() -> None:
    uuid = orchestrator.create_schedule(**NIGHTLY).uuid
    answers = at_once([lambda: orchestrator.run_schedule(uuid)] * PEOPLE)
    assert len({info.uuid for info in answers}) == 1
    assert (Run.objects.count(), recorded("schedule.started")) == (1, 1)


RESUME = """
import django; django.setup()
from pathlib import Path
from time import sleep
from django.db import connection
from domains.base.errors import Conflict
from domains.orchestration.orchestrator import resume_run
connection.ensure_connection()
print("ready", flush=True)
while not Path({start!r}).exists(): sleep(0.001)
try:
    resume_run({uuid!r})
    print("resumed")
except Conflict:
    print("conflict")
"""


@orm_queue
def test_two_processes_that_resume_the_same_run_start_it_once(tmp_path: Path) -> None:
    run, signal = one_of(state="dead"), tmp_path / "start"
    code = RESUME.format(start=str(signal), uuid=str(run.uuid))
    processes = [spawn("-c", code) for _ in range(2)]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    signal.touch()
    assert sorted(process.communicate(timeout=60)[0].strip() for process in processes) == ["conflict", "resumed"]
    assert recorded("run.resumed") == 1


def test_what_is_said_of_who_acted_is_that_person_alone() -> None:
    runs = [one_of(state="running") for _ in range(PEOPLE)]

    def cancel(number: int) -> None:
        with ambient(actor_name=f"person {number}"):
            orchestrator.cancel_run(runs[number].uuid)

    at_once([partial(cancel, number) for number in range(PEOPLE)])
    said = event_list().filter(action="orchestration.run.cancelled").values_list("object_id", "actor_name")
    assert dict(said) == {str(run.uuid): f"person {number}" for number, run in enumerate(runs)}
