"""Schedules as JSON."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.audit.reads import event_list
from domains.orchestration.models import Run, Schedule
from tests.domains.orchestration.test_api import UNKNOWN, allow

pytestmark = pytest.mark.django_db
LIST = "/api/schedules/"
BARE = {"name": "nightly", "orchestrator": "drill", "method": "program", "args": {"program": []}, "cron": "0 3 * * *"}


def send(client: Client, method: str, url: str, body: Any = None) -> Any:
    return getattr(client, method)(url, body, content_type="application/json")


def created(client: Client, **more: Any) -> dict[str, Any]:
    """A schedule, as the answer to its creation."""
    answer = send(client, "post", LIST, BARE | more)
    assert answer.status_code == 201, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def actions() -> list[str]:
    return list(
        event_list().filter(object_type="orchestration.schedule").order_by("id").values_list("action", flat=True)
    )


def test_schedules_are_listed_by_name_and_lead_to_their_detail(staff_client: Client) -> None:
    answer = staff_client.get(LIST)
    first = answer.json()[0]
    assert answer["X-Result-Count"] == str(Schedule.objects.count())
    detail = staff_client.get(first["url"]).json()
    upcoming = detail.pop("upcoming")
    assert detail == first
    assert len(upcoming) == 5
    assert upcoming == sorted(upcoming)
    assert staff_client.get(f"{LIST}{UNKNOWN}/").status_code == 404


def test_a_schedule_is_created_with_defaults_for_what_is_not_given(admin_client: Client) -> None:
    body = created(admin_client)
    assert body["url"] == f"http://testserver{LIST}{body['uuid']}/"
    assert admin_client.get(body["url"]).json() == body
    assert (body["time_zone"], body["overlap"], body["catch_up"], body["queue"]) == ("UTC", "skip", "latest", "default")
    assert (body["built_in"], body["paused"], body["last_run"]) == (False, False, None)
    assert body["next_run"] == body["upcoming"][0]
    assert actions() == ["orchestration.schedule.created"]
    assert event_list().latest("id").actor_name == "admin"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "trace.export.nightly"}, "name"),
        ({"cron": "every day"}, "cron"),
        ({"interval_s": 60}, "cron"),
        ({"cron": "", "interval_s": 5}, "interval_s"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"overlap": "fight"}, "overlap"),
        ({"queue": "slow"}, "queue"),
        ({"orchestrator": "wings"}, "orchestrator"),
        ({"method": "wings"}, "method"),
        ({"args": {"wings": 1}}, "args"),
        ({"priority": 1_000_000}, "priority"),
        ({"crom": "0 3 * * *"}, "crom"),
    ],
)
def test_what_does_not_fit_is_a_400_that_names_the_field(
    admin_client: Client, change: dict[str, Any], field: str
) -> None:
    Schedule.objects.create(**BARE | {"name": "trace.export.nightly"})
    before = Schedule.objects.count()
    answer = send(admin_client, "post", LIST, BARE | change)
    assert answer.status_code == 400, answer.json()
    assert list(answer.json()) == [field]
    assert Schedule.objects.count() == before
    assert actions() == []


def test_patch_changes_what_is_given_and_put_replaces_the_rest_by_defaults(admin_client: Client) -> None:
    body = created(admin_client, queue="bulk", priority=3)
    changed = send(admin_client, "patch", body["url"], {"cron": "30 4 * * *", "time_zone": "Europe/Berlin"})
    assert changed.status_code == 200
    assert (changed.json()["queue"], changed.json()["time_zone"]) == ("bulk", "Europe/Berlin")
    assert changed.json()["next_run"] != body["next_run"]
    event = event_list().latest("id")
    assert event.before == {"cron": "0 3 * * *", "time_zone": "UTC"}
    assert event.after == {"cron": "30 4 * * *", "time_zone": "Europe/Berlin"}
    replaced = send(admin_client, "put", body["url"], BARE)
    assert replaced.status_code == 200
    assert (replaced.json()["queue"], replaced.json()["priority"], replaced.json()["time_zone"]) == (
        "default",
        0,
        "UTC",
    )
    assert send(admin_client, "put", body["url"], {"name": "nightly"}).status_code == 400


def test_what_was_read_can_be_sent_back_and_changes_nothing(admin_client: Client) -> None:
    body = created(admin_client, args={"program": [{"name": "a"}]})
    answer = send(admin_client, "put", body["url"], body)
    assert answer.status_code == 200, answer.json()
    assert answer.json() == body
    assert actions() == ["orchestration.schedule.created"]


def test_secrets_are_hidden_and_stay_when_they_are_sent_back_hidden(admin_client: Client) -> None:
    body = created(admin_client, args={"program": [{"name": "a", "token": "s3cr3t"}]})
    assert body["args"] == {"program": [{"name": "a", "token": "[hidden]"}]}
    body["args"]["program"][0]["name"] = "b"
    answer = send(admin_client, "patch", body["url"], {"args": body["args"]})
    assert answer.json()["args"] == {"program": [{"name": "b", "token": "[hidden]"}]}
    assert Schedule.objects.get(name="nightly").args == {"program": [{"name": "b", "token": "s3cr3t"}]}
    assert not [event for event in event_list() if "s3cr3t" in f"{event.before}{event.after}"]
    moved = send(admin_client, "patch", body["url"], {"args": {"program": [], "token": "[hidden]"}})
    assert moved.status_code == 400
    assert "Give it again" in moved.json()["args"][0]


def test_pausing_and_going_on(admin_client: Client) -> None:
    body = created(admin_client)
    paused = admin_client.post(f"{body['url']}pause/")
    assert (paused.status_code, paused.json()["paused"], paused.json()["next_run"]) == (200, True, None)
    assert admin_client.post(f"{body['url']}pause/").status_code == 200
    again = admin_client.post(f"{body['url']}unpause/").json()
    assert (again["paused"], again["next_run"]) == (False, body["next_run"])
    assert [action.rpartition(".")[2] for action in actions()] == ["created", "paused", "unpaused"]


def test_running_now_starts_one_run_however_often_it_is_asked_for(admin_client: Client) -> None:
    body = created(admin_client, queue="bulk", priority=9)
    first, second = admin_client.post(f"{body['url']}run/"), admin_client.post(f"{body['url']}run/")
    run = Run.objects.get()
    assert (first.status_code, second.status_code) == (202, 202)
    assert first["Location"] == f"http://testserver/api/runs/{run.uuid.hex}/"
    assert (first.json()["created"], second.json()["created"]) == (True, False)
    assert (run.queue, run.priority, run.actor_name) == ("bulk", 9, "admin")
    assert admin_client.get(body["url"]).json()["last_run"] == first["Location"]
    assert [action.rpartition(".")[2] for action in actions()] == ["created", "started"]


def test_a_schedule_is_deleted_unless_an_extension_brings_it(admin_client: Client) -> None:
    body = created(admin_client)
    assert admin_client.delete(body["url"]).status_code == 204
    assert admin_client.get(body["url"]).status_code == 404
    assert admin_client.delete(body["url"]).status_code == 404
    built_in = Schedule.objects.create(**BARE | {"name": "from an extension"}, built_in=True)
    refused = admin_client.delete(f"{LIST}{built_in.uuid}/")
    assert refused.status_code == 409
    assert "pause it instead" in refused.json()["detail"]
    renamed = send(admin_client, "patch", f"{LIST}{built_in.uuid}/", {"name": "mine"})
    assert renamed.status_code == 409
    assert send(admin_client, "patch", f"{LIST}{built_in.uuid}/", {"cron": "0 5 * * *"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "codename", "status"),
    [
        ("post", LIST, "add_schedule", 201),
        ("patch", "{}", "change_schedule", 200),
        ("put", "{}", "change_schedule", 200),
        ("post", "{}pause/", "change_schedule", 200),
        ("post", "{}unpause/", "change_schedule", 200),
        ("post", "{}run/", "change_schedule", 202),
        ("delete", "{}", "delete_schedule", 204),
    ],
)
def test_each_change_needs_its_permission(
    staff: User, staff_client: Client, method: str, path: str, codename: str, status: int
) -> None:
    schedule = Schedule.objects.create(**BARE | {"name": "there"})
    url, before = path.format(f"{LIST}{schedule.uuid}/"), event_list().count()
    given = BARE if method in ("post", "put") else {"cron": "0 5 * * *"}
    assert send(staff_client, method, url, given).status_code == 403
    assert event_list().count() == before
    allow(staff, codename)
    allow(staff, "add_run")
    assert send(staff_client, method, url, given).status_code == status


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("name=extra", 3),
        ("name_exact=extra 1", 1),
        ("orchestrator=drill", 3),
        ("paused=true", 1),
        ("queue=bulk&queue=high", 1),
        ("name=extra&o=-name&field=name", 3),
    ],
)
def test_the_list_can_be_filtered(staff_client: Client, query: str, count: int) -> None:
    for number in range(3):
        more = {"name": f"extra {number}", "paused": number == 1, "queue": "bulk" if number == 2 else "default"}
        Schedule.objects.create(**BARE | more)
    assert len(staff_client.get(f"{LIST}?{query}").json()) == count


def test_the_list_costs_the_same_number_of_queries_for_any_length(staff_client: Client) -> None:
    staff_client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        staff_client.get(f"{LIST}?page_size=300")
    last = Run.objects.create(orchestrator="drill", method="program", plan={})
    Schedule.objects.bulk_create(Schedule(**BARE | {"name": f"n{number}"}, last_run=last) for number in range(40))
    with CaptureQueriesContext(connection) as many:
        answer = staff_client.get(f"{LIST}?page_size=300")
    assert len([row for row in answer.json() if row["last_run"]]) == 40
    assert len(many) == len(few)
