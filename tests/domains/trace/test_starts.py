"""The four ways to start an export, and the command that waits for it."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from domains.extensions import registry
from domains.orchestration.models import Run, Schedule
from domains.orchestration.schedules import ensure_schedules
from domains.orchestration.tasks import run_queued, tick
from domains.trace.models import Publication
from tests.domains.trace.place import Place

pytestmark = pytest.mark.django_db


def refresh(*arguments: str) -> str:
    out = StringIO()
    call_command("refresh_trace_data", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_queues_an_export(place: Place) -> None:
    words = refresh()
    run = Run.objects.get(orchestrator="trace")
    assert f"/runs/{run.uuid}/" in words
    assert run.state == "queued"
    assert "was under way already" in refresh()


def test_the_command_waits_and_works_by_itself_without_a_worker(place: Place) -> None:
    words = refresh("--wait")
    assert "No worker is running, so the export is carried out here." in words
    assert "Published 3 features, 2 gateways, 2 tiers, 2 tags: 9 added, 0 changed, 0 removed. Snapshot" in words
    assert "Nothing has changed since the last export" in refresh("--wait")


def test_the_command_fails_with_each_fault_on_a_line(place: Place) -> None:
    place.save([])
    with pytest.raises(CommandError) as caught:
        refresh("--wait")
    assert str(caught.value).splitlines() == [
        "The workspace file has 1 fault, so nothing was published.",
        "  the file: expected an object with data_sources, found a list",
    ]


def test_the_command_does_not_call_an_export_of_somebody_else_its_own(place: Place) -> None:
    other = Run.objects.get(uuid=refresh().split()[1].rstrip(":"))
    Run.objects.filter(pk=other.pk).update(state="running", cursor=2, key="", lease_until="2099-01-01T00:00Z")
    with pytest.raises(CommandError, match=f"Another export is under way: /runs/{other.uuid}/"):
        refresh("--wait")


def allowed(user: User) -> Client:
    user.user_permissions.add(Permission.objects.get(codename="export_trace"))
    client = Client()
    client.force_login(user)
    return client


def test_the_api_starts_an_export_and_says_where_its_run_is(place: Place, staff: User) -> None:
    client = allowed(staff)
    answer = client.post("/api/trace/exports/")
    run = Run.objects.get(orchestrator="trace")
    assert answer.status_code == 202
    assert answer.json()["uuid"] == run.uuid.hex
    assert answer["Location"] == answer.json()["url"]
    assert run.uuid.hex in answer["Location"].replace("-", "")
    assert (run.actor_name, run.key) == ("staff", "trace.export")
    again = client.post("/api/trace/exports/")
    assert (again.status_code, again.json()["uuid"], again.json()["created"]) == (202, run.uuid.hex, False)
    run_queued()
    assert client.get(answer["Location"]).status_code == 200
    assert Publication.objects.get().actor_name == "staff"


def test_the_api_refuses_who_may_not_export(place: Place, staff_client: Client) -> None:
    assert staff_client.post("/api/trace/exports/").status_code == 403
    assert Client().post("/api/trace/exports/").status_code in (401, 403)
    assert not Run.objects.filter(orchestrator="trace").exists()


def test_a_schedule_starts_an_export_each_night(place: Place) -> None:
    assert [spec.cron for spec in registry.schedules() if spec.name == "trace.export"] == ["0 3 * * *"]
    ensure_schedules()
    Schedule.objects.filter(name="trace.export").update(next_run="2020-01-01T03:00Z")
    tick()
    run_queued()
    assert Publication.objects.get().actor_name == "schedule"
