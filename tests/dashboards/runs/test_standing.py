"""The sentence on top of a run's page, in every state."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from domains.orchestration.models import Run
from domains.orchestration.service import workers
from tests.dashboards.runs.rows import ERROR, make, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> None:
    """Somebody is there."""
    workers.beat("here", 1, timezone.now())


def sentence(client: Client, run: Run) -> str:
    """What the page says first, as plain text."""
    page = client.get(f"/runs/{run.uuid}/").content.decode()
    found = re.search(r'<div class="notice standing[^"]*" role="status">.*?<p>(.*?)</p>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[1].replace("<br>", " ")).split())


def test_a_queued_run_says_how_many_come_first(staff_client: Client, worker: None) -> None:
    make("queued", started=None)
    make("queued", started=None, priority=5)
    make("queued", started=None, queue="bulk", priority=9)
    run = make("queued", started=None)
    assert sentence(staff_client, run) == "It waits for a worker; 2 runs of its queue come first."
    first = make("queued", started=None, priority=9)
    assert sentence(staff_client, first) == "It waits for a worker, it is the next of its queue."


def test_a_queued_run_that_was_begun_says_where_it_goes_on(staff_client: Client, worker: None) -> None:
    assert "It goes on at step 3 as soon as a worker is free" in sentence(staff_client, make("queued", cursor=2))
    back = make("queued", cursor=1, direction="back", queue="high")
    assert "It goes on undoing step 2" in sentence(staff_client, back)


def test_without_a_worker_it_names_the_command(staff_client: Client) -> None:
    assert "No worker is running, so it waits. Start one with ./dj.sh worker." in sentence(staff_client, make("queued"))


def test_a_step_that_waits_says_when_and_which_attempt_comes(staff_client: Client) -> None:
    at = timezone.now() + timedelta(seconds=42.9)
    run = make("waiting", cursor=1, waits_for="retry", retry_at=at)
    step(run, 0)
    step(run, 1, "retrying", since=1, until=None, attempt=2, error=ERROR)
    said = sentence(staff_client, run)
    assert re.fullmatch(
        r"Step 2, “B”, failed: The other side is down. It is tried again in [34]\d s, attempt 3 of 5. "
        r"“Retry step now” does not wait.",
        said,
    )


def test_a_run_that_waits_for_its_turn_names_its_parent(staff_client: Client) -> None:
    parent = make("waiting", "children", waits_for="children", orchestrator="trace", method="export")
    child = make("waiting", waits_for="turn", parent=parent, parent_seq=0, started=None)
    assert "It waits for its turn" in sentence(staff_client, child)
    assert sentence(staff_client, child).endswith("Trace export")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "running", "cursor": 1}, "Step 2 of 3, “B”, is under way."),
        ({"state": "running", "cursor": 1, "cancel_requested": True}, "it stops before its next step, then undoes"),
        ({"state": "rolling_back", "cursor": 0, "direction": "back"}, "It is undoing step 1 of 3, “A”."),
        ({"state": "exited", "cursor": 1}, "It ended by itself after step 1 of 3, as it was told to."),
        ({"state": "cancelled"}, "It was cancelled. What it had done was undone."),
        ({"state": "dead", "cursor": 1}, "It stopped at step 2 of 3, “B”. Its finished steps are kept"),
        ({"state": "blocked", "cursor": 1}, "Deploy code that has the missing step, then resume it."),
        ({"state": "rollback_failed"}, "Mend the cause, then retry the rollback."),
    ],
)
def test_every_state_says_what_is_going_on(staff_client: Client, values: dict[str, Any], words: str) -> None:
    run = make(**values)
    step(run, 0)
    assert words in sentence(staff_client, run)


def test_a_failed_run_names_the_step_and_what_to_do(staff_client: Client) -> None:
    run = make("rolled_back", direction="back", error=ERROR, ended=timezone.now())
    step(run, 0, phase="back")
    step(run, 0)
    step(run, 1, "failed", error=ERROR)
    said = sentence(staff_client, run)
    assert said.startswith("Step 2 of 3, “B”, failed: The other side is down.")
    assert "Everything it had done was undone. The cause may pass by itself" in said


def test_a_silent_worker_is_told_with_its_age(staff_client: Client) -> None:
    until = timezone.now() - timedelta(seconds=20)
    run = make("running", cursor=0, lease_owner="far:1:2", lease_until=until)
    assert re.fullmatch(
        r"Its worker was last heard of \d+ (s|min) ago. Another one takes over within a minute.",
        sentence(staff_client, run),
    )


def test_success_says_that_nothing_is_left_to_do(staff_client: Client) -> None:
    run = make("success", "db", cursor=1, ended=timezone.now())
    step(run, 0)
    assert re.match(r"It succeeded, 1 of 1 steps done in 1 min 40 s; nothing is left", sentence(staff_client, run))


def test_a_stuck_run_says_where_it_stopped_and_why(staff_client: Client) -> None:
    run = make("dead", cursor=1, error={"code": "dead", "message": "Its worker died 5 times"}, ended=timezone.now())
    said = sentence(staff_client, run)
    assert said.startswith("It stopped at step 2 of 3, “B”: Its worker died 5 times. Its finished steps are kept")


def test_a_run_that_failed_at_no_step_says_why(staff_client: Client) -> None:
    late = {"code": "deadline", "message": "Its deadline passed.", "retryable": False}
    assert sentence(staff_client, make("rolled_back", error=late)).startswith("It failed: Its deadline passed. ")


def test_what_the_result_says_stands_on_top_and_nowhere_else(staff_client: Client) -> None:
    run = make("exited", cursor=1, result={"message": "Another one is under way."}, ended=timezone.now())
    assert sentence(staff_client, run).endswith("as it was told to. Another one is under way.")
    page = staff_client.get(f"/runs/{run.uuid}/").content.decode()
    assert page.count("Another one is under way.") == 1
