"""Parents whose children are dead or blocked: their deadline still counts, and a failed child decides for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from domains.base.errors import Conflict
from domains.orchestration import siblings
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import cancel_run
from domains.orchestration.reaper import reap
from domains.orchestration.service import runs
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import (
    BAD,
    ONE,
    TWO,
    begin,
    carry_out_one,
    child_states,
    family_registered,
    parent_run,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def family() -> Iterator[None]:
    """Register the family beside the drill."""
    with family_registered():
        yield


def stuck(state: str, *, of: int = 0, **values: Any) -> Run:
    """The child of that number, which has been given up."""
    child = Run.objects.exclude(parent=None).order_by("id")[of]
    error = {"code": state, "message": "It was given up.", "retryable": True}
    Run.objects.filter(pk=child.pk).update(state=state, attempt=5, ended=timezone.now(), error=error, **values)
    return child


def let_the_time_pass() -> None:
    """Every deadline is over."""
    Run.objects.exclude(deadline=None).update(deadline=timezone.now() - HOUR)


@pytest.mark.parametrize("state", ["dead", "blocked"])
def test_a_parent_turns_back_at_its_deadline_though_a_child_is_stuck(state: str) -> None:
    start("family", "parent", deadline_s=3600, children=[[*ONE, {"name": "more"}], TWO])
    carry_out_one()
    stuck(state, cursor=0)
    run_queued()
    assert reap() == 0
    assert parent_run().state == "waiting"
    let_the_time_pass()
    assert reap() == 1
    run_queued()
    parent = parent_run()
    assert (parent.state, parent.error and parent.error["code"]) == ("rolled_back", "deadline")
    assert child_states() == ["cancelled", "rolled_back"]
    assert effects() == ["before", "have", "two", "-two", "-have", "-before"]


def test_what_a_stuck_child_has_done_is_undone_at_the_deadline() -> None:
    start("family", "parent", deadline_s=3600, children=[[*ONE, {"name": "more"}]])
    carry_out_one()
    stuck("dead", cursor=1, started=timezone.now())
    let_the_time_pass()
    reap()
    run_queued()
    assert (parent_run().state, child_states()) == ("rolled_back", ["cancelled"])
    assert effects() == ["before", "have", "-one", "-have", "-before"]


def test_a_stuck_grandchild_is_reached_too() -> None:
    start("family", "grandparent", deadline_s=3600, families=[{"children": [ONE], "name": " a"}])
    carry_out_one()
    carry_out_one()
    stuck("dead", of=1)
    let_the_time_pass()
    reap()
    run_queued()
    assert (parent_run().state, child_states()) == ("rolled_back", ["rolled_back", "cancelled"])


def test_a_child_that_dies_on_its_way_back_waits_for_a_person_and_is_not_asked_again() -> None:
    start("family", "parent", deadline_s=3600, children=[ONE])
    carry_out_one()
    stuck("dead")
    let_the_time_pass()
    assert reap() == 1
    child = stuck("dead")
    assert reap() == 0
    assert (parent_run().state, child_states()) == ("waiting", ["dead"])
    cancel_run(child.uuid)
    run_queued()
    assert (parent_run().state, child_states()) == ("rolled_back", ["cancelled"])


def test_without_a_deadline_a_parent_waits_for_whoever_resumes_the_child() -> None:
    begin(children=[ONE])
    stuck("dead")
    assert reap() == 0
    assert parent_run().state == "waiting"


def test_a_parent_that_rolls_back_has_no_deadline() -> None:
    start("family", "parent", deadline_s=3600, children=[ONE])
    carry_out_one()
    stuck("dead")
    Run.objects.filter(parent=None).update(direction="back")
    let_the_time_pass()
    assert reap() == 0


def test_a_stuck_child_turns_back_when_another_has_failed() -> None:
    begin(children=[ONE, BAD])
    stuck("dead")
    run_queued()
    parent = parent_run()
    assert (parent.state, parent.error and parent.error["code"]) == ("rolled_back", "child_failed")
    assert parent.error
    assert "The other side is down." in parent.error["message"]
    assert child_states() == ["cancelled", "rolled_back"]


def test_a_stuck_child_waits_for_a_person_when_failures_are_collected() -> None:
    begin(children=[ONE, BAD], collect=True)
    stuck("dead")
    run_queued()
    assert (parent_run().state, child_states()) == ("waiting", ["dead", "rolled_back"])


def keyed_and_stuck() -> tuple[Run, Run]:
    """A parent, and its dead child whose key a later run has taken."""
    parent = begin("keyed", keys=["x"])
    child = stuck("dead")
    start("drill", "program", key="x", program=ONE)
    return parent, child


def test_a_stuck_child_whose_key_is_taken_turns_back_without_it() -> None:
    parent, child = keyed_and_stuck()
    cancel_run(parent.uuid)
    child.refresh_from_db()
    assert (child.state, child.key, child.cancel_requested) == ("queued", "", True)
    run_queued()
    assert (parent_run_of(child).state, child_states()) == ("cancelled", ["cancelled"])


def test_a_key_that_is_taken_at_that_moment_is_a_conflict_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, child = keyed_and_stuck()
    with monkeypatch.context() as blind:
        blind.setattr(siblings, "free_key", lambda run: run.key)
        with pytest.raises(Conflict, match="same key is active"):
            cancel_run(parent.uuid)
    child.refresh_from_db()
    assert (child.state, parent_run_of(child).cancel_requested) == ("dead", False)


@pytest.mark.django_db(transaction=True)
def test_a_worker_for_which_the_key_is_taken_at_that_moment_leaves_the_run_to_its_next_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent, child = keyed_and_stuck()
    Run.objects.filter(pk=parent.pk).update(state="queued", waits_for="", cancel_requested=True)
    with monkeypatch.context() as blind:
        blind.setattr(siblings, "free_key", lambda run: run.key)
        assert carry_out(parent.pk)
    assert (parent_run_of(child).is_active, runs.get(pk=child.pk).state) == (True, "dead")
    Run.objects.filter(pk=parent.pk).update(lease_until=timezone.now() - HOUR)
    reap()
    run_queued()
    assert (parent_run_of(child).state, runs.get(pk=child.pk).state) == ("cancelled", "cancelled")


def parent_run_of(child: Run) -> Run:
    """As it is now."""
    assert child.parent_id
    return runs.get(pk=child.parent_id)
