"""The list of schedules, the page of one, and what is asked of one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.audit.reads import event_list
from domains.base.errors import NotFound
from domains.orchestration import orchestrator, reads
from domains.orchestration.models import Run, Schedule
from domains.orchestration.start import run_now
from tests.dashboards.schedules.conftest import VALUES
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db


def page_of(client: Client, schedule: Any) -> str:
    answer = client.get(f"/schedules/{schedule.uuid}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_says_when_in_words_and_links_to_the_page(staff_client: Client, nightly: Any) -> None:
    page = staff_client.get("/schedules/").content.decode()
    assert f'href="/schedules/{nightly.uuid}/"' in page
    assert "every day at 03:00 Europe/Berlin" in page


def test_the_list_says_what_is_empty_and_what_nothing_matches(staff_client: Client) -> None:
    Schedule.objects.all().delete()
    assert "Nothing is scheduled." in staff_client.get("/schedules/").content.decode()
    orchestrator.create_schedule(**VALUES)
    assert "Nothing matches." in staff_client.get("/schedules/?q=zebra").content.decode()
    assert "Nothing matches." in staff_client.get("/schedules/?queue=high").content.decode()


def test_schedules_are_paused_and_started_in_bulk(staff: User, staff_client: Client) -> None:
    pk = Schedule.objects.get(name="trace.export").pk
    assert staff_client.post("/schedules/", {"_action": "pause", "id": [pk]}).status_code == 403
    allow(staff, "change_schedule")
    staff_client.post("/schedules/", {"_action": "pause", "id": [pk]})
    assert Schedule.objects.get(pk=pk).paused
    assert "Paused" in staff_client.get("/schedules/").content.decode()
    staff_client.post("/schedules/", {"_action": "run_now", "id": [pk]})
    assert not Run.objects.exists()
    staff.user_permissions.add(Permission.objects.get(codename="export_trace"))
    staff_client.post("/schedules/", {"_action": "run_now", "id": [pk]})
    assert Run.objects.get().name == "trace.export"
    assert f"/runs/{Run.objects.get().uuid}/" in staff_client.get("/schedules/").content.decode()


def test_the_list_costs_the_same_for_two_and_for_two_hundred(staff_client: Client) -> None:
    run = Run.objects.get(uuid=run_now("drill", "program", program=[]).uuid)

    def add(count: int, name: str) -> None:
        Schedule.objects.bulk_create(
            Schedule(name=f"{name}{n}", cron="0 3 * * *", orchestrator="drill", method="program", last_run=run)
            for n in range(count)
        )

    add(2, "a")
    staff_client.get("/schedules/?page_size=200")
    with CaptureQueriesContext(connection) as few:
        staff_client.get("/schedules/?page_size=200")
    add(200, "b")
    staff_client.get("/schedules/?page_size=200")
    with CaptureQueriesContext(connection) as many:
        staff_client.get("/schedules/?page_size=200")
    assert len(many) == len(few) <= 12
    assert not [query["sql"] for query in many if '"plan"' in query["sql"]]


def test_the_page_shows_five_times_in_both_time_zones(staff_client: Client, nightly: Any) -> None:
    chosen = {"theme": "system", "density": "comfortable", "page_size": 50, "time_zone": "Asia/Tokyo"}
    staff_client.post("/preferences/", chosen)
    page = page_of(staff_client, nightly)
    assert "Your time (Asia/Tokyo)" in page
    assert "Its time (Europe/Berlin)" in page
    times = page.split('class="table times"')[1].split("</table>")[0]
    assert times.count(" 03:00</td>") == 5
    assert times.count(" 11:00</td>") + times.count(" 10:00</td>") == 5
    assert "every day at 03:00 Europe/Berlin" in page


def test_one_time_zone_is_shown_once(staff_client: Client) -> None:
    schedule = orchestrator.create_schedule(**VALUES | {"time_zone": "UTC"})
    assert "Its time" not in page_of(staff_client, schedule)


def test_the_page_shows_last_runs_and_the_last_fault(admin_client: Client, nightly: Any) -> None:
    assert "It has not started anything yet." in page_of(admin_client, nightly)
    info = orchestrator.run_schedule(nightly.uuid)
    other = orchestrator.create_schedule(**VALUES | {"name": "nightly too"})
    orchestrator.run_schedule(other.uuid)
    Schedule.objects.filter(pk=nightly.pk).update(last_error="The start failed: <b>no</b>.")
    page = page_of(admin_client, nightly)
    assert f'href="/runs/{info.uuid}/"' in page
    assert [str(run.uuid) for run in reads.schedule_runs(nightly)] == [str(info.uuid)]
    assert "The start failed: &lt;b&gt;no&lt;/b&gt;." in page


def test_secrets_among_the_arguments_are_hidden(staff_client: Client, nightly: Any) -> None:
    Schedule.objects.filter(pk=nightly.pk).update(args={"program": [], "api_token": "hunter2"})
    assert "hunter2" not in page_of(staff_client, nightly)
    assert "[hidden]" in page_of(staff_client, nightly)


def test_a_schedule_of_no_time_still_has_a_page(staff_client: Client, nightly: Any) -> None:
    Schedule.objects.filter(pk=nightly.pk).update(cron="nonsense")
    assert "no cron expression" in page_of(staff_client, nightly)


@pytest.mark.parametrize(
    ("deed", "codename", "action"),
    [
        ("pause", "change_schedule", "orchestration.schedule.paused"),
        ("run", "change_schedule", "orchestration.schedule.started"),
        ("delete", "delete_schedule", "orchestration.schedule.deleted"),
    ],
)
def test_every_deed_wants_its_permission_and_is_recorded(
    staff: User, staff_client: Client, nightly: Any, deed: str, codename: str, action: str
) -> None:
    path = f"/schedules/{nightly.uuid}/{deed}/"
    assert path not in page_of(staff_client, nightly)
    assert staff_client.post(path).status_code == 403
    allow(staff, codename)
    allow(staff, "add_run")
    assert path in page_of(staff_client, nightly)
    assert staff_client.post(path).status_code in (302, 303)
    assert action in {event.action for event in event_list()[:3]}


def test_a_paused_schedule_says_so_and_goes_on(admin_client: Client, nightly: Any) -> None:
    page = admin_client.post(f"/schedules/{nightly.uuid}/pause/", follow=True).content.decode()
    assert "It is paused, so nothing starts by itself." in page
    assert "if it were not paused" in page
    page = admin_client.post(f"/schedules/{nightly.uuid}/unpause/", follow=True).content.decode()
    assert "It is paused" not in page


def test_deleting_asks_first(admin_client: Client, nightly: Any) -> None:
    path = f"/schedules/{nightly.uuid}/delete/"
    page = admin_client.get(path).content.decode()
    assert "Delete nightly?" in page
    assert reads.schedule_get(nightly.uuid)
    admin_client.post(path)
    with pytest.raises(NotFound):
        reads.schedule_get(nightly.uuid)


def test_a_built_in_schedule_cannot_be_deleted(admin_client: Client) -> None:
    built_in = Schedule.objects.get(name="trace.export")
    assert built_in.built_in
    path = f"/schedules/{built_in.uuid}/delete/"
    assert path not in page_of(admin_client, built_in)
    page = admin_client.get(path).content.decode()
    assert "Pause it instead." in page
    assert 'id="delete"' not in page
    assert admin_client.post(path).status_code == 409
    assert Schedule.objects.filter(pk=built_in.pk).exists()


def test_the_palette_finds_schedules_and_the_way_to_add_one(admin_client: Client, nightly: Any) -> None:
    assert f"/schedules/{nightly.uuid}/" in admin_client.get("/palette/?q=nightly").content.decode()
    assert "/schedules/new/" in admin_client.get("/palette/?q=add+a+sch").content.decode()


def test_an_event_of_a_schedule_leads_to_its_page(admin_client: Client, nightly: Any) -> None:
    event = event_list().get(action="orchestration.schedule.created", object_name="nightly")
    assert f'href="/schedules/{nightly.uuid}/"' in admin_client.get(f"/events/{event.uuid}/").content.decode()
