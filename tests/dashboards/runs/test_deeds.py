"""The buttons of a run: shown only when possible and permitted, and each leaves its mark in the record of changes."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from domains.audit.reads import event_list
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.dashboards.runs.rows import ERROR, make, step
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
POSSIBLE = {
    "queued": {"cancel"},
    "waiting": {"cancel", "retry_step"},
    "running": {"cancel"},
    "rolling_back": set(),
    "success": {"again"},
    "exited": {"again"},
    "rolled_back": {"again"},
    "rollback_failed": {"again", "retry_rollback"},
    "cancelled": {"again"},
    "dead": {"resume", "cancel"},
    "blocked": {"resume", "cancel"},
}


def buttons(client: Client, run: Run) -> set[str]:
    """The ids of the buttons in the page's head."""
    page = client.get(f"/runs/{run.uuid}/").content.decode()
    return set(re.findall(r'<button class="btn [^"]*" id="(\w+)">', page.split('class="head"')[1].split("</h1>")[1]))


@pytest.mark.parametrize(("state", "possible"), POSSIBLE.items())
def test_a_button_is_there_when_it_is_possible_and_permitted(
    admin_client: Client, staff_client: Client, state: str, possible: set[str]
) -> None:
    waits = {"waits_for": "retry", "retry_at": timezone.now()} if state == "waiting" else {}
    run = make(state, direction="back" if state == "rolling_back" else "fwd", **waits)
    assert buttons(admin_client, run) == possible
    assert buttons(staff_client, run) == set()


def test_nobody_can_cancel_twice(admin_client: Client) -> None:
    assert buttons(admin_client, make("running", cancel_requested=True)) == set()


@pytest.mark.parametrize(
    ("deed", "codename"),
    [
        ("cancel", "cancel_run"),
        ("resume", "retry_run"),
        ("retry-step", "retry_run"),
        ("retry-rollback", "retry_run"),
        ("again", "retry_run"),
    ],
)
def test_every_deed_wants_its_permission_and_a_post(
    staff: User, staff_client: Client, deed: str, codename: str
) -> None:
    path = f"/runs/{make('dead').uuid}/{deed}/"
    assert staff_client.post(path).status_code == 403
    allow(staff, codename)
    allow(staff, "add_run")
    assert staff_client.get(path).status_code == 405
    assert staff_client.post(path).status_code in (303, 409)


def test_a_step_that_waits_is_tried_now_and_that_is_recorded(admin_client: Client) -> None:
    run = make("waiting", cursor=1, waits_for="retry", retry_at=timezone.now())
    step(run, 1, "retrying", attempt=1, error=ERROR, until=None)
    answer = admin_client.post(f"/runs/{run.uuid}/retry-step/", headers=HTMX)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'id="run"' in page
    assert "<html" not in page
    run.refresh_from_db()
    assert run.state == "queued"
    assert event_list().first().action == "orchestration.run.step_retried"  # type: ignore[union-attr]


def test_a_failed_rollback_is_tried_again_from_the_page(admin_client: Client) -> None:
    with pytest.raises(ZeroDivisionError):
        run_now("drill", "program", program=[{"name": "a", "undo": "fail"}, {"name": "b", "does": "raise"}])
    run = Run.objects.get()
    assert run.state == "rollback_failed"
    answer = admin_client.post(f"/runs/{run.uuid}/retry-rollback/", follow=True)
    assert "The rollbacks that failed are tried again." in answer.content.decode()
    run.refresh_from_db()
    assert (run.state, run.direction) == ("queued", "back")


def test_running_again_leads_to_the_new_run(admin_client: Client) -> None:
    info = run_now("drill", "program", program=[{"name": "a"}])
    answer = admin_client.post(f"/runs/{info.uuid}/again/")
    new = Run.objects.exclude(uuid=info.uuid).get()
    assert answer["Location"] == f"/runs/{new.uuid}/"


def test_runs_are_retried_in_bulk_each_as_fits_its_state(admin_client: Client) -> None:
    start("drill", "program", program=[{"name": "a", "does": "raise"}])
    run_queued()
    waiting = make("waiting", cursor=0, waits_for="retry", retry_at=timezone.now(), orchestrator="x")
    dead, done = make("dead"), make("success")
    ids = [str(pk) for pk in Run.objects.values_list("pk", flat=True)]
    asked = admin_client.post("/runs/", {"_action": "retry", "id": ids}).content.decode()
    assert "Retry 4 runs?" in asked
    page = admin_client.post("/runs/", {"_action": "retry", "id": ids, "_confirmed": "1"}, follow=True).content.decode()
    for words in ("Resumed: 1.", "Steps tried again: 1.", "Started again: 1.", "nothing is to be mended: 1."):
        assert words in page
    states = {run.pk: run.state for run in Run.objects.all()}
    assert (states[waiting.pk], states[dead.pk], states[done.pk]) == ("queued", "queued", "success")
    assert len(states) == 5
