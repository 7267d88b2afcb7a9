"""Whatever is sent is answered with what is wrong with it: never with a fault of Vault's own, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from django.test import Client
from django.utils import timezone
from django_q.models import Task

from domains.base.errors import ValidationFailed
from domains.orchestration import orchestrator
from domains.orchestration.models import Run, Schedule
from domains.orchestration.start import start

pytestmark = pytest.mark.django_db
RUN = {"orchestrator": "drill", "method": "program", "args": {"program": []}}
SCHEDULE = {**RUN, "name": "nightly", "cron": "0 3 * * *"}
RUN_FIELDS = ("orchestrator", "method", "args", "key", "queue", "priority", "application", "deadline_s")
SCHEDULE_FIELDS = (*RUN_FIELDS[:3], "name", "cron", "interval_s", "time_zone", "overlap", "catch_up_window_s", "paused")
VALUES = [
    *map(
        json.dumps, ["\x00", "\ud800", "x" * 100_000, "'; DROP TABLE orchestration_run; --", "<script>", "../..", "nan"]
    ),
    *("null", "[[]]", '{"a": 1}', "9" * 4000, "9" * 5000, "-1", "1e300", "1e400", "NaN", "-Infinity", "[" * 9000),
]
NAMES = ["\x00", "\ud800", "x" * 100_000, "<script>"]
IDS = ["\x00", "a\x00b", "9" * 19, "9" * 30, "9" * 5000, "-1", "²", "1' OR 1=1", "../..", ""]
PARTS = ["%00", "x%00y", "%2e%2e%2f%2e%2e", "%ff", "%ed%a0%80", "'%20OR%201=1", "%3Cscript%3E", "x" * 3000]


def body(given: Mapping[str, object], field: str, value: str) -> str:
    """The JSON of an object in which one field has a value that Python need not be able to write."""
    rest = json.dumps({name: each for name, each in given.items() if name != field})
    return f"{rest[:-1]}, {json.dumps(field)}: {value}}}"


@pytest.fixture
def nightly() -> Schedule:
    return orchestrator.create_schedule(**SCHEDULE)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:12])
def test_any_value_of_any_field_is_taken_or_refused(admin_client: Client, nightly: Schedule, value: str) -> None:
    for field in RUN_FIELDS:
        answer = admin_client.post("/api/runs/", body(RUN, field, value), content_type="application/json")
        assert answer.status_code in (202, 400), (field, answer.status_code)
    inside = f'{{"program": [{{"name": {value}}}]}}'
    for field, given in [*((field, value) for field in SCHEDULE_FIELDS), ("args", inside)]:
        path = f"/api/schedules/{nightly.uuid}/"
        answer = admin_client.patch(path, f'{{"{field}": {given}}}', content_type="application/json")
        assert answer.status_code in (200, 400), (field, answer.status_code)
    for page in ("/runs/", "/schedules/", f"/schedules/{nightly.uuid}/", "/api/schedules/", "/api/runs/"):
        assert admin_client.get(page).status_code == 200, page


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_any_name_of_a_field_or_of_an_argument_is_refused(admin_client: Client, name: str) -> None:
    for given in ({**RUN, name: 1}, {**RUN, "args": {name: 1}}, {**RUN, "args": {"program": [{name: 1}]}}):
        answer = admin_client.post("/api/runs/", json.dumps(given), content_type="application/json")
        assert answer.status_code == 400, answer.content[:200]
    assert not Run.objects.exists()


@pytest.mark.parametrize("cron", ["0 0 30 2 *", "0 0 31 4,6 *", "9" * 90, "@reboot", "\x00"])
def test_a_cron_expression_that_never_comes_is_refused_soon(admin_client: Client, cron: str) -> None:
    answer = admin_client.post("/api/schedules/", {**SCHEDULE, "cron": cron}, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["cron"])
    assert admin_client.get("/schedules/preview/", {"cron": cron}).status_code == 200


@pytest.mark.parametrize("chosen", IDS, ids=lambda chosen: repr(chosen)[:12])
def test_rows_that_cannot_be_are_not_chosen(admin_client: Client, nightly: Schedule, chosen: str) -> None:
    start("drill", "program", program=[])
    at = timezone.now()
    Task.objects.create(id="c" * 32, name="c", func="x.y", success=False, started=at, stopped=at)
    for path, action in (("/runs/", "cancel"), ("/schedules/", "pause"), ("/failed-tasks/", "dismiss")):
        answer = admin_client.post(path, {"_action": action, "id": chosen, "_confirmed": "1"})
        assert answer.status_code in (303, 400), (path, answer.status_code)
    assert Run.objects.get().state == "queued"
    assert not Schedule.objects.get(pk=nightly.pk).paused
    assert Task.objects.exists()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part[:12])
def test_no_part_of_an_address_leads_elsewhere(admin_client: Client, part: str) -> None:
    for path in ("/api/runs/{}/", "/api/runs/{}/cancel/", "/runs/{}/", "/schedules/{}/edit/", "/api/schedules/{}/"):
        assert admin_client.post(path.format(part)).status_code == 404, path
    assert admin_client.delete(f"/api/workers/failed_tasks/{part}/").status_code == 404
    assert admin_client.post(f"/failed-tasks/{part}/dismiss/").status_code == 404


@pytest.mark.parametrize("minutes", ["9" * 5000, "-" * 9, "\x00"], ids=lambda minutes: repr(minutes)[:6])
def test_a_number_of_any_length_is_read(staff_client: Client, minutes: str) -> None:
    assert staff_client.get("/api/workers/throughput/", {"minutes": minutes}).status_code == 400


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e300, 0, -1])
def test_a_deadline_that_cannot_be_is_refused(seconds: float) -> None:
    with pytest.raises(ValidationFailed, match="A deadline is"):
        start("drill", "program", program=[], deadline_s=seconds)
    assert not Run.objects.exists()


def test_no_run_takes_the_place_of_a_schedules(admin_client: Client) -> None:
    given = {**RUN, "key": "nightly@2026-11-22T03:00:00Z"}
    answer = admin_client.post("/api/runs/", given, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["key"])
    assert not Run.objects.exists()
