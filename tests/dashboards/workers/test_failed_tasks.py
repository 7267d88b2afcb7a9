"""Failed tasks of the queue: seen, understood, dismissed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import Task

from dashboards.workers import views
from domains.audit.reads import event_list
from tests.domains.orchestration.test_api import allow

pytestmark = pytest.mark.django_db
RESULT = """Traceback (most recent call last):
  File "tasks.py", line 40, in tick
    connect(password='hunter2')
django.db.utils.OperationalError: database is locked
"""


def fail(number: int, func: str = "domains.orchestration.tasks.tick", success: bool = False) -> Task:
    now = timezone.now()
    return Task.objects.create(
        id=f"{number:032x}",
        name=f"task {number}",
        func=func,
        started=now - timedelta(minutes=2),
        stopped=now - timedelta(minutes=1, seconds=number),
        success=success,
        attempt_count=1,
        result=RESULT,
    )


def test_nothing_has_failed(staff_client: Client) -> None:
    fail(1, success=True)
    page = staff_client.get("/failed-tasks/").content.decode()
    assert "No task of the queue has failed." in page
    assert "no run depends on one" in page


def test_a_failed_task_is_listed_with_what_went_wrong_in_a_line(staff_client: Client) -> None:
    task = fail(1)
    page = staff_client.get("/failed-tasks/").content.decode()
    assert f'href="/failed-tasks/{task.pk}/">Tick of the clock</a>' in page
    assert "django.db.utils.OperationalError: database is locked" in page
    assert "Traceback" not in page
    assert "Nothing matches." in staff_client.get("/failed-tasks/?q=zebra").content.decode()


def test_only_superusers_see_the_traceback_and_nobody_sees_a_secret(staff_client: Client, admin_client: Client) -> None:
    path = f"/failed-tasks/{fail(1).pk}/"
    assert "line 40" not in staff_client.get(path).content.decode()
    page = admin_client.get(path).content.decode()
    assert "line 40, in tick" in page
    assert "hunter2" not in page


def test_a_task_that_left_nothing_has_a_page_too(staff_client: Client) -> None:
    task = fail(1, func="somebody.elses.task")
    Task.objects.filter(pk=task.pk).update(result=None)
    page = staff_client.get(f"/failed-tasks/{task.pk}/").content.decode()
    assert "It left no message." in page
    assert "somebody.elses.task" in page
    assert staff_client.get("/failed-tasks/0000/").status_code == 404


def test_one_is_dismissed_with_permission_and_recorded(staff: User, staff_client: Client) -> None:
    task = fail(1)
    path = f"/failed-tasks/{task.pk}/dismiss/"
    assert staff_client.post(path).status_code == 403
    assert 'id="dismiss"' not in staff_client.get(f"/failed-tasks/{task.pk}/").content.decode()
    allow(staff, "retry_run")
    assert 'id="dismiss"' in staff_client.get(f"/failed-tasks/{task.pk}/").content.decode()
    assert staff_client.post(path)["Location"] == "/failed-tasks/"
    assert not Task.objects.exists()
    assert event_list()[0].action == "orchestration.failed_task.dismissed"
    assert staff_client.post(path).status_code == 404


def test_selected_ones_or_all_are_dismissed_after_a_question(admin_client: Client) -> None:
    tasks = [fail(number) for number in range(5)]
    ids = [task.pk for task in tasks[:2]]
    assert (
        "Dismiss 2 failed tasks?"
        in admin_client.post("/failed-tasks/", {"_action": "dismiss", "id": ids}).content.decode()
    )
    sent = {"_action": "dismiss", "id": ids, "_confirmed": "1"}
    assert "Dismissed: 2." in admin_client.post("/failed-tasks/", sent, follow=True).content.decode()
    admin_client.post("/failed-tasks/", {"_action": "dismiss", "_all": "1", "_confirmed": "1"})
    assert not Task.objects.exists()


def test_many_are_dismissed_in_few_statements_and_each_is_recorded(admin_client: Client) -> None:
    for number in range(400):
        fail(number)
    sent = {"_action": "dismiss", "_all": "1", "_confirmed": "1"}
    with CaptureQueriesContext(connection) as queries:
        assert "Dismissed: 400." in admin_client.post("/failed-tasks/", sent, follow=True).content.decode()
    assert len(queries) < 60
    said = event_list().filter(action="orchestration.failed_task.dismissed", actor_name="admin", application="")
    assert set(said.values_list("object_id", "object_name")) == {
        (f"{number:032x}", "domains.orchestration.tasks.tick") for number in range(400)
    }
    assert said.count() == 400


def test_the_list_costs_the_same_for_two_and_for_two_hundred(staff_client: Client) -> None:
    for number in range(2):
        fail(number)
    staff_client.get("/failed-tasks/?page_size=200")
    with CaptureQueriesContext(connection) as few:
        staff_client.get("/failed-tasks/?page_size=200")
    for number in range(2, 200):
        fail(number)
    staff_client.get("/failed-tasks/?page_size=200")
    with CaptureQueriesContext(connection) as many:
        staff_client.get("/failed-tasks/?page_size=200")
    assert len(many) == len(few) <= 12


def test_more_than_can_be_dismissed_in_one_request_are_left_and_said_so(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    for number in range(5):
        fail(number)
    chosen = {"_action": "dismiss", "_all": "1", "_confirmed": "1"}
    page = admin_client.post("/failed-tasks/", chosen, follow=True).content.decode()
    assert "Dismissed: 2." in page
    assert "choose again for the other 3" in page
    assert Task.objects.count() == 3
