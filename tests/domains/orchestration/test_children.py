"""Child runs: a parent waits for them, goes on with them, fails with them and undoes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration import siblings
from domains.orchestration.carry_out import carry_out
from domains.orchestration.durable import DurableJournal
from domains.orchestration.exceptions import StagingError
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import cancel_run, resume_run, retry_rollback
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import child_states, family_registered, parent_run
from tests.domains.orchestration.processes import orm_queue, run_code, spawn

ONE = [{"name": "one"}]
TWO = [{"name": "two"}]
BAD = [{"name": "good"}, {"name": "bad", "does": "upstream"}]


@pytest.fixture(autouse=True)
def family(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register the family beside the drill; rollbacks that fail are tried again without a pause."""
    monkeypatch.setattr(DurableJournal, "pauses", (0.0, 0.0, 0.0))
    with family_registered():
        yield


def begin(method: str = "parent", **args: Any) -> Run:
    """Start a parent and carry it out until it waits; it."""
    start("family", method, **args)
    carry_out_one()
    return parent_run()


def carry_out_one() -> Run | None:
    """Carry out the run that comes first."""
    run = runs.waiting().first()
    if run:
        assert carry_out(run.pk)
    return run


@pytest.mark.django_db
def test_a_parent_waits_for_its_children_and_goes_on_with_their_results() -> None:
    parent = begin(children=[ONE, [{"name": "two", "does": "200"}]])
    assert (parent.state, parent.waits_for, parent.pending_children) == ("waiting", "children", 2)
    assert child_states() == ["queued", "queued"]
    assert effects() == ["before", "have"]
    assert run_queued() == 3
    parent = parent_run()
    assert (parent.state, parent.result, parent.pending_children) == ("success", 2, 0)
    assert parent.context["told"] == [["success", None], ["exited", {"from": "two"}]]
    assert effects() == ["before", "have", "one", "two", "after"]
    children = list(Run.objects.filter(parent=parent).order_by("id"))
    assert [(child.parent_seq, child.actor_name, child.name) for child in children] == [
        (1, "system", "drill.program"),
        (1, "system", "drill.program"),
    ]


@pytest.mark.django_db
def test_a_waiting_parent_holds_no_worker_and_no_claim() -> None:
    parent = begin(children=[ONE])
    assert (parent.lease_owner, parent.lease_until, parent.attempt) == ("", None, 0)
    assert not runs.claim(parent, "somebody")


@pytest.mark.django_db
def test_the_last_child_to_end_wakes_the_parent_in_its_own_commit() -> None:
    parent = begin(children=[ONE, TWO])
    carry_out_one()
    waiting = parent_run()
    assert (waiting.state, waiting.pending_children, waiting.epoch) == ("waiting", 1, parent.epoch)
    carry_out_one()
    woken = parent_run()
    assert (woken.state, woken.waits_for, woken.pending_children) == ("queued", "", 0)
    assert woken.epoch == parent.epoch + 1
    assert woken.woken is not None


@pytest.mark.django_db
def test_a_fan_out_of_nothing_does_not_wait() -> None:
    parent = begin(children=[])
    assert (parent.state, parent.result) == ("success", 0)


@pytest.mark.django_db
def test_run_now_answers_that_the_run_waits() -> None:
    info = run_now("family", "parent", children=[ONE])
    assert (info.state, info.result) == ("waiting", None)
    run_queued()
    assert parent_run().state == "success"


@pytest.mark.django_db
def test_children_belong_to_the_commit_of_their_step() -> None:
    parent = begin(children=[ONE], then="raise")
    assert parent.state == "rolled_back"
    assert Run.objects.count() == 1
    assert effects() == ["before", "-before"]


@pytest.mark.django_db
def test_no_more_than_the_limit_go_on_at_a_time() -> None:
    begin(children=[[{"name": str(number)}] for number in range(7)], limit=2)
    assert child_states() == ["queued"] * 2 + ["turn"] * 5
    ended = 0
    while carry_out_one() and parent_run().state == "waiting":
        ended += 1
        states = child_states()
        assert states.count("success") == ended
        assert states.count("queued") == min(2, 7 - ended)
    run_queued()
    assert parent_run().state == "success"
    assert effects() == ["before", "have", *map(str, range(7)), "after"]


@pytest.mark.django_db
def test_a_failed_child_fails_the_step_and_its_done_siblings_are_undone_in_reverse() -> None:
    begin(children=[ONE, TWO, BAD, [{"name": "never"}]])
    run_queued()
    parent = parent_run()
    failed = Run.objects.filter(parent=parent).order_by("id")[2]
    assert parent.state == "rolled_back"
    assert parent.error and parent.error["code"] == "child_failed"
    assert str(failed.uuid) in parent.error["message"]
    assert "The other side is down." in parent.error["message"]
    assert child_states() == ["rolled_back", "rolled_back", "rolled_back", "cancelled"]
    assert effects()[2:] == ["one", "two", "good", "-good", "-two", "-one", "-have", "-before"]


@pytest.mark.django_db
def test_the_first_failure_stops_siblings_that_are_under_way_and_those_that_wait() -> None:
    slow = [{"name": "slow"}, {"name": "later"}]
    parent = begin(children=[BAD, slow, [{"name": "turn"}]], limit=2)
    _, slow_run, _ = Run.objects.filter(parent=parent).order_by("id")
    assert runs.claim(slow_run, "somebody else")
    carry_out_one()
    assert child_states() == ["rolled_back", "running", "cancelled"]
    slow_run.refresh_from_db()
    assert slow_run.cancel_requested
    assert parent_run().pending_children == 1
    Run.objects.filter(pk=slow_run.pk).update(state="queued", epoch=9)
    run_queued()
    assert child_states() == ["rolled_back", "cancelled", "cancelled"]
    assert parent_run().state == "rolled_back"


@pytest.mark.django_db
def test_a_step_that_collects_goes_on_with_failed_children() -> None:
    begin(children=[BAD, ONE], collect=True)
    run_queued()
    parent = parent_run()
    assert parent.state == "success"
    assert parent.context["told"] == [["rolled_back", None], ["success", None]]
    assert effects()[-1] == "after"


@pytest.mark.django_db
def test_a_later_failure_undoes_the_children_before_their_step() -> None:
    begin(children=[ONE, [*TWO, {"name": "three"}]], after="raise")
    run_queued()
    assert parent_run().state == "rolled_back"
    assert child_states() == ["rolled_back"] * 2
    assert effects()[2:] == ["one", "two", "three", "-three", "-two", "-one", "-have", "-before"]
    child = Run.objects.exclude(parent=None).first()
    assert child and child.error and child.error["code"] == "parent_rolled_back"


@pytest.mark.django_db
def test_a_child_that_ended_early_is_undone_as_far_as_it_went() -> None:
    begin(children=[[*ONE, {"name": "enough", "does": "200"}, {"name": "never"}]], after="raise")
    run_queued()
    assert parent_run().state == "rolled_back"
    assert effects()[2:] == ["one", "enough", "-enough", "-one", "-have", "-before"]


@pytest.mark.django_db
def test_a_child_that_cannot_be_undone_does_not_stop_the_others() -> None:
    begin(children=[ONE, [{"name": "sticky", "undo": "fail"}]], after="raise")
    run_queued()
    assert child_states() == ["rolled_back", "rollback_failed"]
    assert parent_run().state == "rollback_failed"
    assert effects()[-3:] == ["-one", "-have", "-before"]


@pytest.mark.django_db
def test_a_rollback_starts_no_children() -> None:
    begin(children=[], then="undo starts", after="raise")
    parent = parent_run()
    assert parent.state == "rollback_failed"
    failed = parent.steps.get(phase="back", state="failed")
    assert failed.error and "A rollback starts no child runs" in failed.error["message"]
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_cancelling_a_parent_stops_its_children_first() -> None:
    parent = begin(children=[ONE, TWO, [{"name": "three"}]], limit=2)
    carry_out_one()
    cancel_run(parent.uuid)
    assert child_states() == ["success", "cancelled", "cancelled"]
    run_queued()
    assert parent_run().state == "cancelled"
    assert child_states() == ["rolled_back", "cancelled", "cancelled"]
    assert effects() == ["before", "have", "one", "-one", "-have", "-before"]


@pytest.mark.django_db
def test_a_parent_that_is_cancelled_waits_until_its_children_have_turned_back() -> None:
    parent = begin(children=[[*ONE, {"name": "more"}]])
    child = Run.objects.get(parent=parent)
    assert runs.claim(child, "somebody else")
    cancel_run(parent.uuid)
    assert parent_run().state == "waiting"
    Run.objects.filter(pk=child.pk).update(state="queued", epoch=9)
    run_queued()
    assert child_states() == ["cancelled"]
    assert parent_run().state == "cancelled"


@pytest.mark.django_db
def test_no_child_begins_whose_parent_was_cancelled_while_it_started_them() -> None:
    parent = begin(children=[ONE], then="cancel")
    run_queued()
    parent.refresh_from_db()
    assert parent.state == "cancelled"
    assert set(child_states()) <= {"cancelled"}
    assert effects() == ["before", "have", "-have", "-before"]


@pytest.mark.django_db
def test_children_share_the_deadline_of_their_parent() -> None:
    start("family", "parent", deadline_s=3600, children=[ONE, TWO, [{"name": "three"}]], limit=1)
    carry_out_one()
    assert Run.objects.values("deadline").distinct().count() == 1
    carry_out_one()
    Run.objects.update(deadline=timezone.now())
    run_queued()
    parent = parent_run()
    assert (parent.state, parent.error and parent.error["code"]) == ("rolled_back", "deadline")
    assert child_states() == ["rolled_back", "rolled_back", "cancelled"]
    assert effects() == ["before", "have", "one", "-one", "-have", "-before"]


@pytest.mark.django_db
def test_a_child_that_somebody_cancels_before_it_begins_counts_off() -> None:
    parent = begin(children=[ONE, TWO], collect=True)
    cancel_run(Run.objects.filter(parent=parent).order_by("id")[0].uuid)
    assert parent_run().pending_children == 1
    run_queued()
    parent = parent_run()
    assert (parent.state, parent.context["told"]) == ("success", [["cancelled", None], ["success", None]])


@pytest.mark.django_db
def test_a_dead_child_keeps_its_parent_waiting_until_somebody_resumes_it() -> None:
    parent = begin(children=[ONE, TWO])
    child = Run.objects.filter(parent=parent).order_by("id")[0]
    Run.objects.filter(pk=child.pk).update(state="dead", attempt=5)
    run_queued()
    assert parent_run().state == "waiting"
    resume_run(child.uuid)
    run_queued()
    assert parent_run().state == "success"


@pytest.mark.django_db
def test_a_dead_child_turns_back_when_its_parent_is_cancelled() -> None:
    parent = begin(children=[[*ONE, {"name": "more"}]])
    Run.objects.filter(parent=parent).update(state="dead", attempt=5, cursor=1)
    cancel_run(parent.uuid)
    run_queued()
    assert child_states() == ["cancelled"]
    assert parent_run().state == "cancelled"
    assert effects() == ["before", "have", "-one", "-have", "-before"]


@pytest.mark.django_db
def test_children_have_children() -> None:
    families = [{"children": [ONE, TWO], "name": " a"}, {"children": [[{"name": "three"}]], "name": " b"}]
    begin("grandparent", families=families)
    run_queued()
    assert parent_run().context["told"] == [["success", 2], ["success", 1]]
    assert Run.objects.exclude(state="success").count() == 0
    assert effects()[-1] == "after"


@pytest.mark.django_db
def test_grandchildren_are_undone_before_their_parents() -> None:
    begin("grandparent", families=[{"children": [ONE, TWO], "name": " a"}], after="raise")
    run_queued()
    assert parent_run().state == "rolled_back"
    assert set(child_states()) == {"rolled_back"}
    assert effects()[-8:] == ["after a", "-after a", "-two", "-one", "-have", "-before a", "-have", "-before"]


@pytest.mark.django_db
def test_cancelling_reaches_grandchildren() -> None:
    parent = begin("grandparent", families=[{"children": [ONE], "name": " a"}])
    carry_out_one()
    assert child_states() == ["children", "queued"]
    cancel_run(parent.uuid)
    run_queued()
    assert parent_run().state == "cancelled"
    assert child_states() == ["cancelled", "cancelled"]
    assert "one" not in effects()


@pytest.mark.django_db
def test_a_child_that_ends_twice_does_not_wake_its_parent_too_early() -> None:
    parent = begin(children=[[*ONE, {"name": "bad", "does": "upstream"}], TWO], collect=True)
    first = Run.objects.filter(parent=parent).order_by("id")[0]
    program = first.plan
    program["steps"][0]["kwargs"]["undo"] = "fail"
    Run.objects.filter(pk=first.pk).update(plan=program)
    carry_out_one()
    assert child_states() == ["rollback_failed", "queued"]
    program["steps"][0]["kwargs"]["undo"] = ""
    Run.objects.filter(pk=first.pk).update(plan=program)
    retry_rollback(first.uuid)
    carry_out(first.pk)
    assert child_states() == ["rolled_back", "queued"]
    assert (parent_run().state, parent_run().pending_children) == ("waiting", 1)
    run_queued()
    assert parent_run().state == "success"


@pytest.mark.django_db
def test_counting_off_a_run_without_a_waiting_parent_changes_nothing() -> None:
    parent = begin(children=[ONE])
    child = Run.objects.get(parent=parent)
    run_queued()
    before = list(Run.objects.values())
    with atomic_write():
        siblings.settle(child)
        siblings.settle(parent)
        siblings.hold(parent)
    assert list(Run.objects.values()) == before


@pytest.mark.django_db
def test_a_child_takes_the_key_the_queue_and_the_priority_it_is_given() -> None:
    parent = begin("keyed", keys=["x", "y"])
    children = Run.objects.filter(parent=parent).order_by("id")
    assert [(run.key, run.queue, run.priority) for run in children] == [("x", "bulk", 3), ("y", "bulk", 3)]
    run_queued()
    assert parent_run().state == "success"


@pytest.mark.django_db
@pytest.mark.parametrize("keys", [["x", "x"], ["taken"]])
def test_a_key_of_an_active_run_fails_the_step(keys: list[str]) -> None:
    start("drill", "program", key="taken", queue="high", program=ONE)
    other = Run.objects.get()
    with pytest.raises(Conflict, match="is active"):
        run_now("family", "keyed", keys=keys)
    assert Run.objects.exclude(pk=other.pk).get().state == "rolled_back"


@pytest.mark.django_db
def test_a_child_whose_key_is_taken_is_undone_without_it() -> None:
    begin("keyed", keys=["x"])
    run_queued()
    child = Run.objects.exclude(parent=None).get()
    start("drill", "program", key="x", program=ONE)
    with atomic_write():
        runs.send_back(child, {}, key=siblings.free_key(child))
    child.refresh_from_db()
    assert (child.key, child.state) == ("", "queued")


def test_children_are_started_by_running_steps_only() -> None:
    main = OrchestratorRegistry.get("family").orchestrator
    with pytest.raises(StagingError, match="steps that run"):
        main.start_child("drill", "program", program=ONE)
    with pytest.raises(StagingError, match="steps that run"):
        main.fan_out("drill", "program", [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("args", "fault"),
    [
        ({"limit": 0}, "at least 1"),
        ({"children": [[{"nmae": "x"}]]}, "name"),
    ],
)
def test_faults_of_a_fan_out_fail_its_step(args: dict[str, Any], fault: str) -> None:
    with pytest.raises((StagingError, KeyError), match=fault):
        run_now("family", "parent", **{"children": [ONE], **args})
    assert Run.objects.get().state == "rolled_back"


@pytest.mark.django_db(transaction=True)
def test_a_thousand_children_take_few_statements() -> None:
    start("family", "parent", children=[[{"name": str(number)}] for number in range(1000)], limit=10)
    with CaptureQueriesContext(connection) as queries:
        carry_out_one()
    assert child_states() == ["queued"] * 10 + ["turn"] * 990
    assert len(queries) < 120
    commits = [number for number, query in enumerate(queries.captured_queries) if query["sql"] == "COMMIT"]
    inserts = [n for n, q in enumerate(queries.captured_queries) if 'INSERT INTO "orchestration_run"' in q["sql"]]
    assert not [number for number in commits if inserts[0] < number < inserts[-1]]


@orm_queue
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_step_has_started_no_children(tmp_path: Path) -> None:
    start("family", "parent", children=[ONE], then=f"die once {tmp_path / 'died'}")
    pk = Run.objects.get().pk
    code = "from domains.orchestration.carry_out import carry_out\n"
    code += "from tests.domains.orchestration.drill import registered\n"
    assert run_code(f"{code}with registered(): carry_out({pk})").returncode < 0
    assert Run.objects.count() == 1
    Run.objects.update(state="queued", lease_until=None)
    run_queued()
    assert effects() == ["before", "have", "one", "after"]
    assert Run.objects.count() == 2


MEETING = """
import sys
from time import sleep
from pathlib import Path
from domains.orchestration.carry_out import carry_out
from tests.domains.orchestration.drill import registered

folder, me, other, *pks = sys.argv[1:]
with registered():
    for pk in pks:
        Path(folder, me + pk).touch()
        while not list(Path(folder).glob(other + "*"))[pks.index(pk):]:
            sleep(0.001)
        carry_out(int(pk))
"""


@orm_queue
@pytest.mark.django_db(transaction=True)
def test_two_children_that_end_at_the_same_moment_wake_their_parent_once(tmp_path: Path) -> None:
    families = 8
    for number in range(families):
        start("family", "parent", children=[[{"name": f"{number} a"}], [{"name": f"{number} b"}]])
    for _ in range(families):
        carry_out_one()
    pairs = [Run.objects.filter(parent=parent).order_by("id") for parent in Run.objects.filter(parent=None)]
    sides = [("left", "right", [pair[0].pk for pair in pairs]), ("right", "left", [pair[1].pk for pair in pairs])]
    code = f"import django; django.setup()\n{MEETING}"
    workers = [spawn("-c", code, str(tmp_path), me, other, *map(str, pks)) for me, other, pks in sides]
    for worker in workers:
        output, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0, output
    parents = Run.objects.filter(parent=None)
    assert {(parent.state, parent.pending_children) for parent in parents} == {("queued", 0)}
    assert {parent.epoch for parent in parents} == {2}
    run_queued()
    assert Run.objects.exclude(state="success").count() == 0
    assert len(effects()) == families * 5
