"""The list of runs: rows, filters, export, bulk actions, and what it costs."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any, cast

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db


def copies(count: int) -> None:
    """So many finished runs, without running them."""
    plan: dict[str, Any] = {"steps": [], "schema": {}}
    Run.objects.bulk_create(
        Run(orchestrator="drill", method="program", plan=plan, state="success", actor_name="maria", application="nexus")
        for _ in range(count)
    )


def exported(client: Client, query: str) -> str:
    """The text of an export."""
    answer = client.get(f"/runs/?{query}")
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(cast("list[bytes]", list(answer))).decode("utf-8-sig")


def test_nothing_has_run_yet(staff_client: Client) -> None:
    assert "Nothing has run yet." in staff_client.get("/runs/").content.decode()


def test_a_run_is_listed_with_its_state_and_a_link(staff_client: Client) -> None:
    info = start("drill", "program", program=[], application="nexus")
    page = staff_client.get("/runs/").content.decode()
    assert f'href="/runs/{info.uuid}/"' in page
    assert "Drill program" in page
    assert "Queued" in page


@pytest.mark.parametrize(("state", "told"), [("rolled_back", True), ("dead", True), ("cancelled", False)])
def test_a_run_that_went_wrong_says_why_in_the_list(staff_client: Client, state: str, told: bool) -> None:
    run_now("drill", "program", program=[])
    Run.objects.update(state=state, error={"code": "upstream_failed", "message": "Notion <answered> 502. " * 9})
    page = staff_client.get("/runs/").content.decode()
    assert ('<span class="why">Notion &lt;answered&gt; 502. ' in page) is told
    assert "Notion &lt;answered&gt; 502. " * 5 not in page


def test_the_cost_is_the_same_for_ten_and_for_a_thousand_runs(staff_client: Client) -> None:
    copies(10)
    staff_client.get("/runs/")
    with CaptureQueriesContext(connection) as few:
        assert staff_client.get("/runs/?page_size=10").status_code == 200
    copies(990)
    with CaptureQueriesContext(connection) as many:
        assert staff_client.get("/runs/?page_size=200").status_code == 200
    assert len(many) == len(few)
    assert not [query["sql"] for query in many if '"plan"' in query["sql"]], "the list must not read plans"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("state=success", 3),
        ("state=queued", 1),
        ("state=queued&state=success", 4),
        ("orchestrator=drill", 4),
        ("orchestrator=trace", 0),
        ("actor=mar", 3),
        ("q=drill+mari", 3),
        ("q=drill.program", 4),
        ("q=zebra", 0),
    ],
)
def test_filters_narrow_the_list(staff_client: Client, query: str, shown: int) -> None:
    copies(3)
    start("drill", "program", program=[])
    assert staff_client.get(f"/runs/?{query}").content.decode().count(">Drill program</a>") == shown
    assert len(json.loads(exported(staff_client, f"{query}&export=json"))) == shown


def test_a_run_is_found_by_its_uuid(staff_client: Client) -> None:
    copies(2)
    uuid = Run.objects.latest("id").uuid
    for text in (str(uuid), uuid.hex):
        assert len(json.loads(exported(staff_client, f"q={text}&export=json"))) == 1


def test_a_wrong_filter_is_named_and_shows_nothing(staff_client: Client) -> None:
    copies(1)
    answer = staff_client.get("/runs/?state=nonsense")
    assert answer.status_code == 200
    assert "nonsense" in answer.content.decode()


@pytest.mark.parametrize("column", ["title", "application", "state", "elapsed", "actor_name", "created", "started"])
def test_every_column_sorts_both_ways(staff_client: Client, column: str) -> None:
    copies(2)
    run_now("drill", "program", program=[])
    for sort in (column, f"-{column}"):
        assert staff_client.get(f"/runs/?sort={sort}").status_code == 200


def test_exports_hold_states_by_their_names_and_durations_in_seconds(staff_client: Client) -> None:
    run_now("drill", "program", program=[{"name": "a", "does": "400"}])
    rows = list(csv.DictReader(io.StringIO(exported(staff_client, "export=csv"))))
    assert rows[0]["State"] == "rolled_back"
    assert float(rows[0]["Duration"]) < 5
    assert rows[0]["Run"] == "Drill program"


def test_runs_are_cancelled_in_bulk_after_a_question(staff: User, staff_client: Client) -> None:
    start("drill", "program", program=[])
    start("drill", "program", program=[])
    copies(1)
    ids = [str(pk) for pk in Run.objects.values_list("pk", flat=True)]
    assert staff_client.post("/runs/", {"_action": "cancel", "id": ids, "_confirmed": "1"}).status_code == 403
    allow(staff, "cancel_run")
    asked = staff_client.post("/runs/", {"_action": "cancel", "id": ids})
    assert "Cancel 3 runs" in asked.content.decode()
    assert Run.objects.filter(state="cancelled").count() == 0
    answer = staff_client.post("/runs/", {"_action": "cancel", "id": ids, "_confirmed": "1"}, follow=True)
    assert "Cancelling: 2. Already ended: 1." in answer.content.decode()
    assert Run.objects.filter(state="cancelled").count() == 2


def test_the_navigation_counts_active_runs(staff_client: Client) -> None:
    assert "1 active" not in staff_client.get("/runs/").content.decode()
    start("drill", "program", program=[])
    assert "1 active" in staff_client.get("/runs/").content.decode()


def test_the_palette_finds_runs(staff_client: Client) -> None:
    info = start("drill", "program", program=[], application="nexus")
    page = staff_client.get("/palette/?q=drill").content.decode()
    assert f"/runs/{info.uuid}/" in page
    assert "Drill program for nexus" in page


def test_customers_see_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("customer"))
    assert client.get("/runs/").status_code == 403


def test_the_question_before_a_bulk_action_counts_rightly(admin_client: Client) -> None:
    for number in range(2):
        start("drill", "program", program=[], key=str(number))
    ids = [str(pk) for pk in Run.objects.values_list("pk", flat=True)]
    assert "Run 1 run again?" in admin_client.post("/runs/", {"_action": "again", "id": ids[:1]}).content.decode()
    assert "Run 2 runs again?" in admin_client.post("/runs/", {"_action": "again", "id": ids}).content.decode()


def test_a_run_is_called_by_what_it_does_to_what() -> None:
    calls = {("trace", "export"): "Trace export", ("applications", "create"): "Create application"}
    calls[("identity", "save_preferences")] = "Save preferences"
    for (orchestrator, method), title in calls.items():
        assert Run(orchestrator=orchestrator, method=method).title == title


def queue(*numbers: int) -> None:
    """A queued run for each number, with a key and a priority of its own."""
    plan: dict[str, Any] = {"steps": [], "schema": {}}
    Run.objects.bulk_create(
        Run(orchestrator="drill", method="program", plan=plan, key=f"k{number}", priority=number % 7)
        for number in numbers
    )


def costs(client: Client) -> dict[str, int]:
    """How many queries the list takes with each of these filters."""
    counts = {}
    for query in ("", "group=active", "q=drill", "sort=-priority", "children=all&state=queued"):
        path = f"/runs/?page_size=50&{query}"
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts[query] = len(queries)
    return counts


def test_ten_thousand_queued_runs_cost_as_many_queries_as_ten(staff_client: Client) -> None:
    queue(*range(10))
    few = costs(staff_client)
    queue(*range(10, 10_000))
    assert costs(staff_client) == few
    assert max(few.values()) <= 12


@pytest.mark.parametrize(
    ("group", "states"),
    [
        ("active", {"queued", "waiting", "running", "rolling_back"}),
        ("waiting", {"queued", "waiting"}),
        ("stuck", {"dead", "blocked"}),
        ("failed", {"rolled_back", "rollback_failed", "dead", "blocked"}),
    ],
)
def test_the_quick_choices_show_their_states(staff_client: Client, group: str, states: set[str]) -> None:
    plan: dict[str, Any] = {"steps": [], "schema": {}}
    for state, _ in Run._meta.get_field("state").choices or ():
        Run.objects.create(orchestrator="drill", method="program", plan=plan, state=state)
    rows = json.loads(exported(staff_client, f"group={group}&export=json"))
    assert {row["state"] for row in rows} == states
    page = staff_client.get(f"/runs/?group={group}").content.decode()
    assert f'href="/runs/?group={group}" aria-current="true"' in page


def test_the_quick_choices_follow_the_filters_of_a_partial(staff_client: Client) -> None:
    part = staff_client.get("/runs/?group=stuck", headers={"HX-Request": "true"}).content.decode()
    assert 'id="run-groups" aria-label="Runs to show" hx-swap-oob="true"' in part
    assert 'group=stuck" aria-current="true"' in part


def test_a_waiting_run_says_for_what_and_until_when(staff_client: Client) -> None:
    plan: dict[str, Any] = {"steps": [], "schema": {}}
    values = {"orchestrator": "drill", "method": "program", "plan": plan, "state": "waiting"}
    Run.objects.create(**values, waits_for="retry", retry_at=timezone.now() + timedelta(seconds=90))
    Run.objects.create(**values, waits_for="children", pending_children=12)
    Run.objects.create(**values, waits_for="turn")
    page = staff_client.get("/runs/").content.decode()
    for words in ("tries again <time", "in 1 min", "for 12 child runs", "for its turn"):
        assert words in page


def test_queue_priority_and_claims_are_columns(staff_client: Client) -> None:
    start("drill", "program", program=[], queue="bulk", priority=3)
    row = json.loads(exported(staff_client, "queue=bulk&export=json"))[0]
    assert (row["queue"], row["attempt"]) == ("bulk", 0)
    assert "priority 3" in staff_client.get("/runs/").content.decode()
    assert "Nothing matches." in staff_client.get("/runs/?queue=high").content.decode()


def test_stuck_runs_take_the_badge_over(staff_client: Client) -> None:
    plan: dict[str, Any] = {"steps": [], "schema": {}}
    start("drill", "program", program=[])
    Run.objects.create(orchestrator="drill", method="program", plan=plan, state="dead")
    page = staff_client.get("/runs/").content.decode()
    assert "stuck, 1 active" in page
