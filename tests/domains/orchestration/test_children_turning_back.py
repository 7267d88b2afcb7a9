"""Families that turn back: failed children, undone children, cancelled parents."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from domains.base.database import atomic_write
from domains.orchestration import siblings
from domains.orchestration.carry_out import carry_out
from domains.orchestration.durable import DurableJournal
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import cancel_run, resume_run, retry_rollback
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


@pytest.fixture(autouse=True)
def family(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Register the family beside the drill; rollbacks that fail are tried again without a pause."""
    monkeypatch.setattr(DurableJournal, "pauses", (0.0, 0.0, 0.0))
    with family_registered():
        yield


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
def test_a_child_whose_key_is_taken_is_undone_without_it() -> None:
    begin("keyed", keys=["x"])
    run_queued()
    child = Run.objects.exclude(parent=None).get()
    start("drill", "program", key="x", program=ONE)
    with atomic_write():
        runs.send_back(child, {}, key=siblings.free_key(child))
    child.refresh_from_db()
    assert (child.key, child.state) == ("", "queued")
