"""Every address of runs, schedules, workers and failed tasks, asked by everybody in every way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import Task

from dashboards.runs.urls import urlpatterns as run_pages
from dashboards.schedules.urls import urlpatterns as schedule_pages
from dashboards.workers.urls import urlpatterns as worker_pages
from domains.audit.reads import event_list
from domains.orchestration import orchestrator
from domains.orchestration.models import Run, Schedule
from domains.orchestration.start import start
from domains.orchestration.urls import urlpatterns as json_routes

pytestmark = pytest.mark.django_db
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
READING = ("get", "head", "options")
ROUTES = [*json_routes, *run_pages, *schedule_pages, *worker_pages]
TASK = "c" * 32


@pytest.fixture(autouse=True)
def things() -> dict[str, Any]:
    """A run, a schedule and a failed task, by the names that the addresses use."""
    run = start("drill", "program", program=[])
    schedule = orchestrator.create_schedule(
        name="nightly", orchestrator="drill", method="program", args={"program": []}, cron="0 3 * * *"
    )
    at = timezone.now()
    Task.objects.create(id=TASK, name="c", func="x.y", success=False, started=at, stopped=at)
    return {"run_uuid": run.uuid, "schedule_uuid": schedule.uuid, "task_id": TASK}


def addresses(things: dict[str, Any]) -> Iterator[tuple[Any, str]]:
    """Each route with its address."""
    for route in ROUTES:
        names = route.pattern.converters
        yield route, reverse(route.name, kwargs={name: things[name] for name in names})


def ask(client: Client, method: str, address: str) -> HttpResponse:
    """The answer to what would do something, where it is let through."""
    given = {"_action": "cancel", "_all": "1", "_confirmed": "1"}
    sent = {"content_type": "application/json"} if address.startswith("/api/") else {"data": given}
    answer: HttpResponse = getattr(client, method)(address, **(sent if method == "post" else {}))
    return answer


def state() -> list[Any]:
    """Everything that one of the addresses could change."""
    runs = list(Run.objects.order_by("pk").values_list("pk", "state", "cancel_requested"))
    schedules = list(Schedule.objects.order_by("pk").values_list("pk", "paused", "name"))
    return [runs, schedules, Task.objects.count(), event_list().count()]


@pytest.mark.parametrize("who", ["stranger", "inactive", "customer"])
def test_nobody_but_staff_gets_through_or_changes_anything(who: str, client: Client, things: dict[str, Any]) -> None:
    if who != "stranger":
        user = User.objects.create_user(who, is_staff=who == "inactive", is_superuser=who == "inactive")
        client.force_login(user)
        User.objects.filter(username="inactive").update(is_active=False)
    before = state()
    for _, address in addresses(things):
        for method in METHODS:
            answer = ask(client, method, address)
            if answer.status_code == 302:
                assert who != "customer" and answer["Location"].startswith("/accounts/login/"), (method, address)
            else:
                assert answer.status_code in (401, 403), (method, address, answer.status_code)
    assert state() == before


def test_staff_without_a_permission_reads_and_changes_nothing(staff_client: Client, things: dict[str, Any]) -> None:
    before = state()
    for route, address in addresses(things):
        needed = route.callback.vault_access.permission
        for method in METHODS:
            status = ask(staff_client, method, address).status_code
            if needed:
                assert status == 403, (method, address, status)
            else:
                assert status in ((200, 405) if method in READING else (403, 405, 400)), (method, address, status)
    assert state() == before


def test_a_session_alone_changes_nothing_from_another_site(admin: User, things: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    before = state()
    for _, address in addresses(things):
        for method in set(METHODS) - set(READING):
            assert ask(client, method, address).status_code in (403, 405), (method, address)
    assert state() == before


def test_a_way_that_an_address_does_not_know_is_a_405_that_names_the_ways(
    admin_client: Client, things: dict[str, Any]
) -> None:
    refused = set()
    for route, address in addresses(things):
        for method in ("get", "put", "patch"):
            answer = ask(admin_client, method, address)
            assert answer.status_code in (200, 400, 405), (method, address, answer.status_code)
            if answer.status_code == 405:
                assert answer["Allow"] and method.upper() not in answer["Allow"], (method, address)
                refused.add((method, route.name))
    assert {("get", "api_run_cancel"), ("get", "run_cancel"), ("put", "api_runs"), ("patch", "runs")} <= refused
    assert Run.objects.get().state == "queued"


def test_every_address_tells_what_it_answers_to(admin_client: Client, things: dict[str, Any]) -> None:
    for _, address in addresses(things):
        assert ask(admin_client, "options", address).status_code in (200, 405), address
    unknown = things["run_uuid"]
    assert ask(admin_client, "options", f"/api/schedules/{unknown}/").status_code in (200, 404)
