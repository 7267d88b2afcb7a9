"""Child runs: a parent waits for them and goes on with what has become of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domains.base.ambient import ambient
from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration import siblings
from domains.orchestration.exceptions import NotPrepared, StagingError
from domains.orchestration.models import Run
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import (
    ONE,
    TWO,
    begin,
    carry_out_one,
    child_states,
    family_registered,
    parent_run,
)


@pytest.fixture(autouse=True)
def family() -> Iterator[None]:
    """Register the family beside the drill."""
    with family_registered():
        yield


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
def test_children_act_for_whom_and_for_what_their_parent_does(staff: User) -> None:
    with ambient(request_id="r-1"):
        start("family", "parent", actor=staff, application="skyflow", queue="high", children=[ONE])
    run_queued()
    rows = Run.objects.values_list("actor", "actor_name", "application", "queue", "request_id")
    assert list(rows) == [(staff.pk, "staff", "skyflow", "high", "r-1")] * 2


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
def test_children_have_children() -> None:
    families = [{"children": [ONE, TWO], "name": " a"}, {"children": [[{"name": "three"}]], "name": " b"}]
    begin("grandparent", families=families)
    run_queued()
    assert parent_run().context["told"] == [["success", 2], ["success", 1]]
    assert Run.objects.exclude(state="success").count() == 0
    assert effects()[-1] == "after"


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
        ({"children": [[{"nmae": "x"}]]}, "A run of drill.program cannot be prepared"),
    ],
)
def test_faults_of_a_fan_out_fail_its_step(args: dict[str, Any], fault: str) -> None:
    with pytest.raises((StagingError, NotPrepared), match=fault):
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
