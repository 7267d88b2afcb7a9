"""GET /api/stats/."""

from __future__ import annotations

import time

import django
import psutil
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client

from domains.core import ready
from domains.core.host import host_name
from tests.domains.core.factories import snapshot

pytestmark = pytest.mark.django_db


def test_strangers_and_customers_may_not_read(client: Client) -> None:
    assert client.get("/api/stats/").status_code in (401, 403)
    client.force_login(get_user_model().objects.create_user("customer"))
    assert client.get("/api/stats/").status_code == 403


def test_staff_get_the_newest_sample(staff_client: Client) -> None:
    ready.publish(snapshot())

    response = staff_client.get("/api/stats/")

    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert (body["status"], body["host"], body["interval"]) == ("pass", host_name(), 2)
    assert 0 <= body["age_s"] < 2
    assert body["memory"] == {"total": 16 * 10**9, "used": 4 * 10**9, "percent": 25.0}
    assert body["absent"] == ["temperature", "swap"]
    assert body["processes"][0]["pid"] == 1
    assert body["software"]["django"] == django.get_version()


def test_a_stale_sample_says_so(staff_client: Client) -> None:
    ready.publish(snapshot(at=time.time() - 60))
    ready.may_sample(host_name(), 60)

    body = staff_client.get("/api/stats/").json()

    assert body["status"] == "warn"
    assert body["age_s"] >= 60
    assert body["stale_after"] == 6


def test_the_etag_saves_the_body_until_the_next_sample(staff_client: Client) -> None:
    ready.publish(snapshot())
    etag = staff_client.get("/api/stats/")["ETag"]

    again = staff_client.get("/api/stats/", headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")

    ready.publish(snapshot(load=(9.0, 9.0, 9.0)))
    assert staff_client.get("/api/stats/", headers={"if-none-match": etag}).status_code == 200


def test_a_poll_asks_nothing_of_the_host_and_two_rows_of_the_database(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: object
) -> None:
    ready.publish(snapshot())
    monkeypatch.setattr(psutil, "cpu_times", lambda **_: pytest.fail("psutil was asked in a request"))

    with django_assert_max_num_queries(2):  # type: ignore[operator]
        assert staff_client.get("/api/stats/").status_code == 200


def test_a_sample_that_has_become_stale_is_told_again(staff_client: Client) -> None:
    ready.publish(snapshot())
    etag = staff_client.get("/api/stats/")["ETag"]

    with time_machine.travel(time.time() + 60):
        ready.may_sample(host_name(), 60)
        again = staff_client.get("/api/stats/", headers={"if-none-match": etag})

    assert (again.status_code, again.json()["status"]) == (200, "warn")
