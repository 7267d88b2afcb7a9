"""The API log: charts, totals, the list of buckets, and what each costs."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.applications import reads as applications
from domains.applications.demo import load_demo
from domains.publishing import api_log_reads
from domains.publishing.models import APILog
from domains.publishing.service import api_log

pytestmark = pytest.mark.django_db
URL = "/api-log/"
QUERIES = 17


@pytest.fixture(autouse=True)
def two_applications(db: None) -> None:
    """Skyflow and Nexus."""
    applications.forget_applications()
    load_demo()


def log(minutes_ago: float = 1, **values: Any) -> None:
    """Requests in a minute, and in its hour."""
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    plain: dict[str, Any] = {"service": "trace", "endpoint": "features", "application": "skyflow"}
    plain |= {"status": 200, "outcome": "ready"}
    plain |= {"requests": 10, "seconds": 0.002, "slowest": 0.001}
    plain |= dict.fromkeys(("ms1", "ms10", "ms100", "ms1000"), values.get("requests", 10))
    for every in (60, 3600):
        start = datetime.fromtimestamp(int(moment.timestamp()) // every * every, UTC)
        api_log.add([APILog(every=every, at=start, **plain | values)])


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"{URL}{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def chart(page: str, id: str) -> dict[str, list[Any]]:
    """The lines of a chart by their labels, without slots in which nothing was asked."""
    found = re.search(rf'<script id="{id}" type="application/json">(.*?)</script>', page)
    assert found
    lines = json.loads(found[1])["series"]
    return {line["label"]: [value for value in line["values"] if value] for line in lines}


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer: Any = client.get(f"{URL}?export=csv&{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_charts_tell_answers_apart_and_how_long_they_took(staff_client: Client) -> None:
    log()
    log(status=304, requests=4)
    log(status=404, requests=3, application="")
    log(status=503, requests=2, seconds=3.0, slowest=2.0, ms1=0, ms10=0, ms100=0, ms1000=1)
    page = shown(staff_client)
    requests, latency = chart(page, "chart-requests"), chart(page, "chart-latency")
    assert requests == {"Answered": [10], "Unchanged (304)": [4], "Refused (4xx)": [3], "Failed (5xx)": [2]}
    assert latency["Mean"] == [pytest.approx(1000 * 3.006 / 19)]
    assert latency["95 % within"] == [2000.0]
    assert "19 requests" in page


def test_totals_stand_by_endpoint_and_application_the_most_used_first(staff_client: Client) -> None:
    log(requests=5)
    log(endpoint="tags", application="", requests=7, status=404)
    log(endpoint="tags", application="", requests=1)
    page = shown(staff_client)
    table = page[page.index('aria-label="Use by endpoint"') :]
    assert table.index("tags") < table.index("features")
    assert "all rows" in table
    assert '<span class="warn-text">7</span>' in table


def test_a_window_shows_what_falls_into_it(staff_client: Client) -> None:
    log(minutes_ago=0)
    log(minutes_ago=5 * 60)
    log(minutes_ago=5 * 24 * 60)
    assert sum(chart(shown(staff_client), "chart-requests")["Answered"]) == 10
    assert sum(chart(shown(staff_client, "?window=day"), "chart-requests")["Answered"]) == 20
    assert sum(chart(shown(staff_client, "?window=month"), "chart-requests")["Answered"]) == 30
    assert [len(rows(staff_client, f"window={name}")) for name in ("hour", "day", "month", "age")] == [1, 2, 3, 1]


def test_an_application_narrows_charts_and_list(staff_client: Client) -> None:
    log()
    log(application="nexus", requests=3)
    page = shown(staff_client, "?application=nexus")
    assert chart(page, "chart-requests")["Answered"] == [3]
    assert 'hx-get="/api-log/use/hour/?application=nexus"' in page
    assert [row["Application"] for row in rows(staff_client, "application=nexus")] == ["nexus"]
    assert chart(staff_client.get("/api-log/use/hour/?application=<x>").content.decode(), "chart-requests")[
        "Answered"
    ] == [13]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("status=404", 1), ("endpoint=tags", 1), ("outcome=ready", 3), ("q=tag", 1), ("application=skyflow", 2)],
)
def test_the_list_is_filtered(staff_client: Client, query: str, expected: int) -> None:
    log()
    log(status=404)
    log(endpoint="tags", application="nexus")
    assert len(rows(staff_client, query)) == expected


def test_each_state_says_what_it_is(staff_client: Client) -> None:
    page = shown(staff_client)
    assert "Nobody has read the public JSON in this time." in page
    assert "Nobody has asked for anything in this time." in page
    log()
    assert "Nothing matches." in shown(staff_client, "?q=zzz")
    assert "“999” is not one of the choices" in shown(staff_client, "?status=999")
    part = staff_client.get(f"{URL}?q=features", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    answer = Client().get(URL)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert Client().get("/api-log/use/hour/").status_code == 302


def test_the_panel_answers_304_while_nothing_has_changed(staff_client: Client) -> None:
    log()
    first = staff_client.get("/api-log/use/hour/")
    again = staff_client.get("/api-log/use/hour/", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_a_name_with_markup_is_inert(staff_client: Client) -> None:
    log(endpoint="<script>alert(1)</script>", application='"><b>')
    page = shown(staff_client)
    assert "<script>alert" not in page
    assert '"><b>' not in page


def test_it_costs_the_same_queries_however_much_was_read(staff_client: Client) -> None:
    def count() -> int:
        shown(staff_client)
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            shown(staff_client, "?page_size=100")
        return len(queries)

    log()
    few = count()
    for minute in range(40):
        log(minutes_ago=minute, endpoint=f"e{minute % 7}", status=200 + minute % 3)
    assert count() <= few <= QUERIES


def test_a_service_narrows_charts_and_list(staff_client: Client) -> None:
    log()
    log(service="club", endpoint="most-present", requests=3)
    page = shown(staff_client, "?service=club")
    assert chart(page, "chart-requests")["Answered"] == [3]
    assert 'hx-get="/api-log/use/hour/?service=club"' in page
    assert [row["Endpoint"] for row in rows(staff_client, "service=club")] == ["most-present"]
    assert chart(shown(staff_client), "chart-requests")["Answered"] == [13]


def test_the_former_address_leads_here_with_its_question(staff_client: Client) -> None:
    answer = staff_client.get("/trace/api-log/?window=day")
    assert (answer.status_code, answer["Location"]) == (301, "/api-log/?window=day")


def test_a_fault_of_the_database_is_said_without_its_cause(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise OperationalError("password authentication failed for user secret")

    client = Client(raise_request_exception=False)
    client.force_login(staff)
    monkeypatch.setattr(api_log_reads, "log_list", fail)
    answer = client.get(URL)
    assert answer.status_code == 503
    assert "secret" not in answer.content.decode()
