"""Runs and schedules as JSON."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.audit.reads import event_list
from domains.orchestration.models import Run
from domains.orchestration.start import run_now, start

pytestmark = pytest.mark.django_db
UNKNOWN = "12345678123456781234567812345678"


def allow(user: User, codename: str) -> None:
    """Give a user one permission of the engine."""
    user.user_permissions.add(Permission.objects.get(content_type__app_label="orchestration", codename=codename))


def make_runs(count: int) -> None:
    """Runs of two orchestrators' names, half of them failed."""
    for number in range(count):
        run_now("drill", "program", program=[], application=f"app{number % 2}")
    Run.objects.filter(pk__in=Run.objects.filter(application="app1").values("pk")).update(state="rolled_back")


def test_the_list_is_a_bare_array_with_headers(staff_client: Client) -> None:
    make_runs(12)
    answer = staff_client.get("/api/runs/?page_size=5")
    assert len(answer.json()) == 5
    assert answer["X-Result-Count"] == "12"
    assert 'rel="next"' in answer["Link"]
    first = answer.json()[0]
    assert first["url"].endswith(f"/api/runs/{first['uuid']}/")
    assert len(first["uuid"]) == 32
    assert first["name"] == "drill.program"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=rolled_back", 3),
        ("state=rolled_back&state=success", 6),
        ("application=app0", 3),
        ("orchestrator=trace", 0),
        ("query=drill.prog", 6),
        ("query=nothing", 0),
        ("actor=system", 6),
    ],
)
def test_the_list_can_be_filtered(staff_client: Client, query: str, count: int) -> None:
    make_runs(6)
    assert len(staff_client.get(f"/api/runs/?{query}").json()) == count


@pytest.mark.parametrize("query", ["state=nonsense", "created_after=yesterday", "o=plan"])
def test_a_bad_filter_is_a_400_that_names_it(staff_client: Client, query: str) -> None:
    answer = staff_client.get(f"/api/runs/?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()


def test_fields_can_be_chosen(staff_client: Client) -> None:
    make_runs(1)
    assert staff_client.get("/api/runs/?field=state&field=name").json() == [
        {"name": "drill.program", "state": "success"}
    ]


def test_the_list_costs_the_same_number_of_queries_for_any_length(staff_client: Client) -> None:
    make_runs(2)
    staff_client.get("/api/runs/")
    with CaptureQueriesContext(connection) as few:
        staff_client.get("/api/runs/?page_size=300")
    make_runs(40)
    with CaptureQueriesContext(connection) as many:
        staff_client.get("/api/runs/?page_size=300")
    assert len(many) == len(few)


@pytest.mark.parametrize("form", [str, lambda uuid: uuid.hex])
def test_a_run_is_found_by_either_form_of_its_uuid(staff_client: Client, form: Callable[[UUID], str]) -> None:
    program = [{"name": "a"}, {"name": "b", "does": "404"}]
    info = run_now("drill", "program", program=program)
    body = staff_client.get(f"/api/runs/{form(info.uuid)}/").json()
    assert (body["state"], body["result"], body["result_status"]) == ("exited", {"from": "b"}, 404)
    assert [(step["number"], step["title"], step["state"]) for step in body["steps"]] == [
        (1, "Act a", "done"),
        (2, "Act b", "done"),
    ]
    assert [line["line"] for line in body["log"]] == ["acting a", "acting b"]
    assert body["args"] == {"program": program}


def test_a_rolled_back_run_shows_errors_and_no_traceback(staff_client: Client) -> None:
    program = [{"name": "a", "undo": "fail"}, {"name": "b", "does": "raise"}]
    with pytest.raises(ZeroDivisionError):
        run_now("drill", "program", program=program)
    answer = staff_client.get(f"/api/runs/{Run.objects.get().uuid}/")
    body = answer.json()
    assert [(step["state"], step["rollback_state"]) for step in body["steps"]] == [
        ("undo_failed", "failed"),
        ("failed", None),
    ]
    assert body["error"]["code"] == "internal_error"
    assert b"Traceback" not in answer.content
    assert b"s3cr3t" not in answer.content


def test_an_unknown_run_is_a_404_in_json(staff_client: Client) -> None:
    answer = staff_client.get(f"/api/runs/{UNKNOWN}/")
    assert answer.status_code == 404
    assert "detail" in answer.json()


@pytest.mark.parametrize("path", ["/api/runs/", f"/api/runs/{UNKNOWN}/", "/api/schedules/"])
def test_strangers_and_customers_are_turned_away(path: str, client: Client) -> None:
    assert client.get(path).status_code in (401, 403)
    client.force_login(User.objects.create_user("customer"))
    assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    ("action", "codename", "state", "outcome"),
    [
        ("cancel", "cancel_run", "queued", "cancelled"),
        ("again", "retry_run", "success", "queued"),
        ("resume", "retry_run", "dead", "queued"),
    ],
)
def test_steering_needs_its_permission_and_is_recorded(
    staff: User, staff_client: Client, action: str, codename: str, state: str, outcome: str
) -> None:
    info = start("drill", "program", program=[])
    Run.objects.update(state=state)
    before = event_list().count()
    path = f"/api/runs/{info.uuid.hex}/{action}/"
    assert staff_client.post(path).status_code == 403
    assert event_list().count() == before
    allow(staff, codename)
    answer = staff_client.post(path)
    assert answer.status_code == 202
    assert answer.json()["state"] == outcome
    assert event_list().latest("id").actor_name == "staff"
    assert staff_client.get(path).status_code == 405


def test_steering_what_cannot_be_steered_is_a_409(admin_client: Client) -> None:
    info = run_now("drill", "program", program=[])
    answer = admin_client.post(f"/api/runs/{info.uuid}/cancel/")
    assert answer.status_code == 409
    assert "ended" in answer.json()["detail"]


def test_schedules_are_listed(staff_client: Client) -> None:
    answer = staff_client.get("/api/schedules/")
    assert answer.status_code == 200
    first = answer.json()[0]
    assert {"name", "cron", "next_run", "paused"} <= set(first)
    assert staff_client.get(first["url"]).json() == first
    assert staff_client.get(f"/api/schedules/{UNKNOWN}/").status_code == 404
