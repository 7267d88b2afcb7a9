"""Making and changing schedules: faults at their fields, nothing typed is lost, times shown while typing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from domains.orchestration.models import Schedule
from tests.dashboards.schedules.conftest import VALUES
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db
TYPED = {
    "name": "hourly",
    "what": "drill.program",
    "args": '{"program": []}',
    "cron": "15 * * * *",
    "interval_s_0": "",
    "interval_s_1": "60",
    "time_zone": "Europe/Berlin",
    "overlap": "queue",
    "catch_up": "all",
    "catch_up_window_s_0": "2",
    "catch_up_window_s_1": "3600",
    "queue": "bulk",
    "priority": "4",
    "application": "",
}


def test_a_schedule_is_made_of_what_was_typed(staff: User, staff_client: Client) -> None:
    assert staff_client.get("/schedules/new/").status_code == 403
    assert staff_client.post("/schedules/new/", TYPED).status_code == 403
    allow(staff, "add_schedule")
    allow(staff, "add_run")
    assert staff_client.get("/schedules/new/").status_code == 200
    answer = staff_client.post("/schedules/new/", TYPED)
    made = Schedule.objects.get(name="hourly")
    assert answer["Location"] == f"/schedules/{made.uuid}/"
    assert (made.orchestrator, made.method, made.args) == ("drill", "program", {"program": []})
    assert (made.cron, made.interval_s, made.time_zone) == ("15 * * * *", None, "Europe/Berlin")
    assert (made.overlap, made.catch_up, made.catch_up_window_s) == ("queue", "all", 7200)
    assert (made.queue, made.priority, made.built_in) == ("bulk", 4, False)
    assert made.next_run is not None


def test_an_interval_takes_the_place_of_a_cron_expression(admin_client: Client) -> None:
    admin_client.post("/schedules/new/", TYPED | {"cron": "", "interval_s_0": "15"})
    assert Schedule.objects.get(name="hourly").interval_s == 900


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"cron": "99 * * * *"}, "cron", "no cron expression"),
        ({"cron": ""}, "cron", "Give a cron expression"),
        ({"interval_s_0": "5"}, "cron", "not both"),
        ({"cron": "", "interval_s_0": "1", "interval_s_1": "1"}, "interval_s", "from 60"),
        ({"args": "{broken"}, "args", "This is no JSON"),
        ({"args": "[1]"}, "args", "JSON object"),
        ({"args": f'{{"program": {"[" * 100_000}'}, "args", "nested too deeply"),
        ({"args": f'{{"program": {"[" * 800}{"]" * 800}}}'}, "args", "nested too deeply"),
        ({"args": '{"program": [], "program": []}'}, "args", "stands twice"),
        ({"args": '{"nonsense": 1}'}, "args", "do not fit drill.program"),
        ({"name": ""}, "name", "required"),
        ({"name": "trace.export"}, "name", "Another schedule has this name"),
        ({"what": ""}, "what", "required"),
        ({"priority": "99999"}, "priority", "32767"),
    ],
)
def test_a_fault_stands_at_its_field_and_nothing_typed_is_lost(
    admin_client: Client, typed: dict[str, str], field: str, words: str
) -> None:
    sent = TYPED | typed
    answer = admin_client.post("/schedules/new/", sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    fault = page.split(f'id="id_{field}_error">')[1].split("</p>")[0]
    assert words in fault
    assert "Nothing was saved" in page
    assert not Schedule.objects.filter(name=sent["name"]).exclude(name="trace.export").exists()
    for name in ("name", "cron", "priority"):
        if sent[name]:
            assert f'value="{sent[name]}"' in page
    assert sent["args"].replace('"', "&quot;") in page
    assert '<option value="bulk" selected>' in page


def test_editing_shows_what_is_stored_and_saves_what_is_changed(admin_client: Client, nightly: Any) -> None:
    path = f"/schedules/{nightly.uuid}/edit/"
    page = admin_client.get(path).content.decode()
    assert 'value="0 3 * * *"' in page
    assert "Every day at 03:00 Europe/Berlin" in page
    answer = admin_client.post(path, TYPED | {"name": "nightly", "cron": "0 4 * * *"})
    assert answer["Location"] == f"/schedules/{nightly.uuid}/"
    nightly.refresh_from_db()
    assert (nightly.cron, nightly.queue) == ("0 4 * * *", "bulk")


def test_hidden_secrets_are_kept_when_the_form_is_saved(admin_client: Client, nightly: Any) -> None:
    Schedule.objects.filter(pk=nightly.pk).update(args={"program": [{"name": "a", "token": "hunter2"}]})
    path = f"/schedules/{nightly.uuid}/edit/"
    page = admin_client.get(path).content.decode()
    assert "hunter2" not in page
    args = '{"program": [{"name": "a", "token": "[hidden]"}]}'
    admin_client.post(path, TYPED | {"name": "nightly", "args": args})
    nightly.refresh_from_db()
    assert nightly.args == {"program": [{"name": "a", "token": "hunter2"}]}


def test_a_built_in_schedule_keeps_its_name_and_what_runs(admin_client: Client) -> None:
    built_in = Schedule.objects.get(name="trace.export")
    path = f"/schedules/{built_in.uuid}/edit/"
    page = admin_client.get(path).content.decode()
    assert page.count(" disabled") == 2
    admin_client.post(path, TYPED | {"name": "stolen", "what": "drill.program", "args": "{}"})
    built_in.refresh_from_db()
    assert (built_in.name, built_in.orchestrator, built_in.cron) == ("trace.export", "trace", "15 * * * *")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"cron": "0 3 * * *", "time_zone": "Europe/Berlin"}, "Every day at 03:00 Europe/Berlin"),
        ({"interval_s_0": "2", "interval_s_1": "3600", "time_zone": "UTC"}, "Every 2 hours"),
        ({"cron": "nonsense", "time_zone": "UTC"}, "no cron expression"),
        ({"cron": "0 3 * * *", "interval_s_0": "2", "interval_s_1": "60"}, "not both"),
        ({"cron": ""}, "Type a cron expression or an interval"),
    ],
)
def test_the_preview_shows_the_times_of_what_is_typed_so_far(
    staff_client: Client, typed: dict[str, str], words: str
) -> None:
    answer = staff_client.get("/schedules/preview/", typed)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert words in page
    assert "<html" not in page
    if words.startswith("Every"):
        assert page.count("<tr><td>") == 5


def test_the_form_tells_what_each_orchestrator_takes(admin_client: Client) -> None:
    page = admin_client.get("/schedules/new/").content.decode()
    assert "drill.program" in page
    assert "stages one step a dict." in page
    assert "<code>program</code>" in page


def test_a_name_taken_by_an_edit_is_told_at_the_name(admin_client: Client, nightly: Any) -> None:
    answer = admin_client.post(f"/schedules/{nightly.uuid}/edit/", TYPED | {"name": "trace.export"})
    assert answer.status_code == 422
    assert "Another schedule has this name" in answer.content.decode()
    assert VALUES["name"] == Schedule.objects.get(pk=nightly.pk).name
