"""Runs as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.audit.reads import event_list
from domains.base.schema import api_schema
from domains.orchestration.models import Run
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start

pytestmark = pytest.mark.django_db
UNKNOWN = "12345678123456781234567812345678"
OURS = ("/api/runs/", "/api/schedules/", "/api/workers/")
STEERING = ("cancel", "again", "resume", "retry_step", "retry_rollback")


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
        ("queue=default", 6),
        ("queue=high&queue=bulk", 0),
        ("created_after=2001-01-01T00:00:00Z", 6),
        ("created_before=2001-01-01T00:00:00Z", 0),
        ("method=program&key=", 6),
        (f"parent={UNKNOWN}", 0),
    ],
)
def test_the_list_can_be_filtered(staff_client: Client, query: str, count: int) -> None:
    make_runs(6)
    assert len(staff_client.get(f"/api/runs/?{query}").json()) == count


@pytest.mark.parametrize(
    "query", ["state=nonsense", "created_after=yesterday", "o=plan", "queue=slow", "parent=me", "waits_for=rain"]
)
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


PATHS = [
    "/api/runs/",
    f"/api/runs/{UNKNOWN}/",
    f"/api/runs/{UNKNOWN}/children/",
    "/api/schedules/",
    "/api/workers/",
    "/api/workers/queues/",
    "/api/workers/throughput/",
    "/api/workers/failed_tasks/",
]


@pytest.mark.parametrize("path", PATHS)
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
        ("retry_step", "retry_run", "waiting", "queued"),
        ("retry_rollback", "retry_run", "rollback_failed", "queued"),
    ],
)
def test_steering_needs_its_permission_and_is_recorded(
    staff: User, staff_client: Client, action: str, codename: str, state: str, outcome: str
) -> None:
    info = start("drill", "program", program=[])
    Run.objects.update(state=state, waits_for="retry" if state == "waiting" else "")
    before = event_list().count()
    path = f"/api/runs/{info.uuid.hex}/{action}/"
    assert staff_client.post(path).status_code == 403
    assert event_list().count() == before
    allow(staff, codename)
    allow(staff, "add_run")
    answer = staff_client.post(path)
    assert answer.status_code == 202
    assert answer.json()["state"] == outcome
    assert event_list().latest("id").actor_name == "staff"
    assert staff_client.get(path).status_code == 405


@pytest.mark.parametrize(
    ("action", "words"),
    [("cancel", "ended"), ("resume", "dead or blocked"), ("retry_step", "waits"), ("retry_rollback", "has failed")],
)
def test_steering_what_cannot_be_steered_is_a_409(admin_client: Client, action: str, words: str) -> None:
    info = run_now("drill", "program", program=[])
    answer = admin_client.post(f"/api/runs/{info.uuid}/{action}/")
    assert answer.status_code == 409
    assert words in answer.json()["detail"]
    assert admin_client.post(f"/api/runs/{UNKNOWN}/{action}/").status_code == 404


def body(**more: Any) -> dict[str, Any]:
    """What a run can be started with."""
    return {"orchestrator": "drill", "method": "program", "args": {"program": [{"name": "a"}]}, **more}


def post(client: Client, given: Any) -> Any:
    return client.post("/api/runs/", given, content_type="application/json")


def test_a_run_is_started_by_whoever_may(staff: User, staff_client: Client) -> None:
    assert post(staff_client, body()).status_code == 403
    assert not Run.objects.exists()
    allow(staff, "add_run")
    more = {"key": "k", "queue": "bulk", "priority": 7, "application": "nexus", "deadline_s": 60}
    answer = post(staff_client, body(**more))
    run = Run.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == answer.json()["url"]
    assert answer.json() == {
        "url": f"http://testserver/api/runs/{run.uuid.hex}/",
        "uuid": run.uuid.hex,
        "state": "queued",
        "created": True,
    }
    assert (run.actor, run.key, run.queue, run.priority, run.application) == (staff, "k", "bulk", 7, "nexus")
    assert run.deadline is not None
    assert round((run.deadline - run.created).total_seconds()) == 60
    assert event_list().latest("id").actor_name == "staff"


def test_starting_with_the_key_of_an_active_run_answers_that_run(admin_client: Client) -> None:
    first, second = post(admin_client, body(key="k")), post(admin_client, body(key="k"))
    assert second.status_code == 202
    assert second.json() == first.json() | {"created": False}
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"orchestrator": "dril"}, "orchestrator", "Did you mean drill"),
        ({"method": "progam"}, "method", "Did you mean program"),
        ({"method": "__init__"}, "method", "has no method"),
        ({"args": {}}, "args", "program"),
        ({"args": {"program": [], "wings": 2}}, "args", "wings"),
        ({"args": {"program": [], "key": "k"}}, "args", "key"),
        ({"args": {"program": [{"$t": "date"}]}}, "args", "cannot be stored"),
        ({"args": [1]}, "args", "dict"),
        ({"queue": "slow"}, "queue", "slow"),
        ({"priority": 99_999}, "priority", "32767"),
        ({"deadline_s": 0}, "deadline_s", "greater"),
        ({"ky": "k"}, "ky", "no such field"),
        ({"key": "k" * 201}, "key", "200"),
    ],
)
def test_what_cannot_be_started_is_a_400_that_names_the_field(
    admin_client: Client, change: dict[str, Any], field: str, words: str
) -> None:
    answer = post(admin_client, body(**change))
    assert answer.status_code == 400, answer.json()
    assert list(answer.json()) == [field]
    assert words in str(answer.json()[field])
    assert not Run.objects.exists()


def family(count: int) -> Run:
    """A run with so many children, some of them ended."""
    parent = Run.objects.get(uuid=start("drill", "program", program=[]).uuid)
    for number in range(count):
        child = start("drill", "program", program=[], queue="bulk")
        Run.objects.filter(uuid=child.uuid).update(
            parent=parent, parent_seq=0, state="success" if number % 2 else "queued", ended=timezone.now()
        )
    return parent


def test_children_are_listed_and_lead_to_their_parent(staff_client: Client) -> None:
    parent = family(3)
    shown = staff_client.get(f"/api/runs/{parent.uuid}/").json()
    assert shown["children"] == {
        "url": f"http://testserver/api/runs/{parent.uuid.hex}/children/",
        "total": 3,
        "ended": 1,
        "states": {"queued": 2, "success": 1},
    }
    children = staff_client.get(shown["children"]["url"] + "?state=queued")
    assert children["X-Result-Count"] == "2"
    assert {child["parent"] for child in children.json()} == {shown["url"]}
    assert children.json()[0]["parent_uuid"] == parent.uuid.hex
    assert staff_client.get(f"/api/runs/?parent={parent.uuid}")["X-Result-Count"] == "3"
    assert staff_client.get("/api/runs/?queue=bulk")["X-Result-Count"] == "3"
    assert staff_client.get(f"/api/runs/{UNKNOWN}/children/").status_code == 404
    assert staff_client.post(shown["children"]["url"]).status_code == 405


@pytest.mark.parametrize("path", ["/api/runs/?page_size=300", "/api/runs/{}/children/?page_size=300", "/api/runs/{}/"])
def test_answers_about_families_cost_the_same_number_of_queries_for_any_size(staff_client: Client, path: str) -> None:
    small, large = family(2), family(60)
    staff_client.get(path.format(small.uuid))
    with CaptureQueriesContext(connection) as few:
        assert staff_client.get(path.format(small.uuid)).status_code == 200
    with CaptureQueriesContext(connection) as many:
        assert staff_client.get(path.format(large.uuid)).status_code == 200
    assert len(many) == len(few)


def test_a_run_costs_the_same_number_of_queries_for_any_number_of_steps(staff_client: Client) -> None:
    one, many = (
        run_now("drill", "program", program=[{"name": f"s{number}"} for number in range(count)]) for count in (1, 30)
    )
    staff_client.get(f"/api/runs/{one.uuid}/")
    with CaptureQueriesContext(connection) as of_one:
        staff_client.get(f"/api/runs/{one.uuid}/")
    with CaptureQueriesContext(connection) as of_many:
        body = staff_client.get(f"/api/runs/{many.uuid}/").json()
    assert (len(body["steps"]), len(body["log"])) == (30, 30)
    assert len(of_many) == len(of_one)


def test_a_claimed_run_shows_its_lease_and_the_next_attempt_of_its_step(staff_client: Client) -> None:
    info = start("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    run = Run.objects.get()
    runs.claim(run, "host:1:2")
    shown = staff_client.get(f"/api/runs/{info.uuid}/").json()
    assert (shown["lease"]["owner"], shown["lease"]["expired"]) == ("host:1:2", False)
    assert (shown["epoch"], shown["cursor"], shown["direction"]) == (1, 0, "fwd")
    at = timezone.now()
    run.steps.create(seq=0, phase="fwd", name="x", kind="db", state="retrying", started=at, attempt=2)
    Run.objects.update(state="waiting", waits_for="retry", retry_at=at, lease_until=None)
    shown = staff_client.get(f"/api/runs/{info.uuid}/").json()
    first, second = shown["steps"]
    assert shown["lease"] is None
    assert (shown["waits_for"], shown["retry_at"]) == ("retry", first["next_attempt"])
    assert (first["state"], first["attempt"], second["next_attempt"]) == ("retrying", 2, None)


def test_the_context_changes_of_each_step_are_shown_without_secrets(staff_client: Client) -> None:
    info = run_now("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    Run.objects.get().steps.filter(seq=1).update(delta={"seen": ["b"], "api_token": "s3cr3t"})
    short = staff_client.get(f"/api/runs/{info.uuid}/?field=steps").json()["steps"]
    assert [(step["context_keys"], "context_changes" in step) for step in short] == [
        (["seen"], False),
        (["api_token", "seen"], False),
    ]
    answer = staff_client.get(f"/api/runs/{info.uuid}/?field=steps&include=context")
    assert list(answer.json()) == ["steps"]
    first, second = answer.json()["steps"]
    assert first["context_changes"] == [{"key": "seen", "before": None, "after": ["a"]}]
    assert second["context_changes"] == [
        {"key": "api_token", "before": None, "after": "[hidden]"},
        {"key": "seen", "before": ["a"], "after": ["b"]},
    ]
    assert b"s3cr3t" not in answer.content


def test_secrets_among_arguments_and_results_are_not_shown(staff_client: Client) -> None:
    info = run_now("drill", "program", program=[])
    Run.objects.update(args={"program": [], "password": "s3cr3t"}, result={"token": "s3cr3t", "count": 1})
    answer = staff_client.get(f"/api/runs/{info.uuid}/")
    assert answer.json()["args"]["password"] == "[hidden]"
    assert answer.json()["result"] == {"token": "[hidden]", "count": 1}
    assert b"s3cr3t" not in answer.content


def test_every_operation_is_in_the_schema_with_its_statuses() -> None:
    paths = {path: item for path, item in api_schema()["paths"].items() if path.startswith(OURS)}
    statuses = {
        f"{method} {path}": sorted(operation["responses"])
        for path, item in paths.items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert statuses == {
        "get /api/runs/": ["200"],
        "post /api/runs/": ["202"],
        "get /api/runs/{run_uuid}/": ["200"],
        "get /api/runs/{run_uuid}/children/": ["200"],
        **{f"post /api/runs/{{run_uuid}}/{name}/": ["202"] for name in STEERING},
        "get /api/schedules/": ["200"],
        "post /api/schedules/": ["201"],
        "get /api/schedules/{schedule_uuid}/": ["200"],
        "put /api/schedules/{schedule_uuid}/": ["200"],
        "patch /api/schedules/{schedule_uuid}/": ["200"],
        "delete /api/schedules/{schedule_uuid}/": ["204"],
        "post /api/schedules/{schedule_uuid}/pause/": ["200"],
        "post /api/schedules/{schedule_uuid}/unpause/": ["200"],
        "post /api/schedules/{schedule_uuid}/run/": ["202"],
        "get /api/workers/": ["200"],
        "get /api/workers/queues/": ["200"],
        "get /api/workers/throughput/": ["200"],
        "get /api/workers/failed_tasks/": ["200"],
        "delete /api/workers/failed_tasks/{task_id}/": ["204"],
    }
