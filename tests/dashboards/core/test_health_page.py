"""/health/ for people, for machines and for strangers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from domains.core.health import forget_report
from domains.extensions.extension import CheckResult, HealthCheck

pytestmark = pytest.mark.django_db
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(autouse=True)
def fresh_report() -> Iterator[None]:
    forget_report()
    yield
    forget_report()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A critical check that fails."""
    found = CheckResult("fail", "The vault door is open. Close it.")
    check = HealthCheck("door", lambda: found, critical=True)
    monkeypatch.setattr("domains.core.health.registry.health_checks", lambda: [check])


def test_staff_in_a_browser_get_the_page(staff_client: Client) -> None:
    response = staff_client.get("/health/", headers={"accept": BROWSER})

    assert response["Content-Type"].startswith("text/html")
    html = response.content.decode()
    assert "checks pass" in html
    for name in ("Database", "Migrations", "Cache", "Queue", "Sampler", "Disk"):
        assert f"<td>{name}" in html, name
    assert "./dj.sh worker" in html


@pytest.mark.parametrize("accept", ["application/json", "*/*", "", "application/json, text/html;q=0.5", "image/png"])
def test_machines_get_json_even_when_staff_asks(staff_client: Client, accept: str) -> None:
    response = staff_client.get("/health/", headers={"accept": accept})

    assert response["Content-Type"].startswith("application/json")
    assert "./dj.sh" in response.json()["checks"]["queue"][0]["output"]


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
def test_strangers_get_names_and_statuses_only(client: Client, accept: str) -> None:
    response = client.get("/health/", headers={"accept": accept})

    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"status", "checks"}
    assert body["status"] in {"pass", "warn"}
    assert body["checks"]["database"] == "pass"


def test_signed_in_customers_are_strangers(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("customer"))

    response = client.get("/health/", headers={"accept": BROWSER})

    assert set(response.json()) == {"status", "checks"}


def test_the_answer_varies_by_who_asks_and_for_what(client: Client) -> None:
    response = client.get("/health/")

    assert {"Accept", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}
    assert response["Cache-Control"] == "no-store"


def test_a_critical_failure_is_503_for_machines(client: Client, broken: None) -> None:
    response = client.get("/health/")

    assert response.status_code == 503
    assert response.json() == {"status": "fail", "checks": {"door": "fail"}}


def test_the_page_shows_a_failure_in_words(staff_client: Client, broken: None) -> None:
    response = staff_client.get("/health/", headers={"accept": BROWSER})

    assert response.status_code == 200, "the page itself works"
    html = response.content.decode()
    assert "The vault door is open. Close it." in html
    assert "Failing" in html


def test_the_panel_is_for_staff(client: Client, staff_client: Client) -> None:
    assert client.get("/health/panel/").status_code == 302
    assert staff_client.get("/health/panel/").status_code == 200


def test_what_fails_stands_first(staff_client: Client, broken: None) -> None:
    html = staff_client.get("/health/", headers={"accept": BROWSER}).content.decode()

    first = html.split("<tbody>")[1].split("</tr>")[0]
    assert "Door" in first
    assert "The vault door is open." in first
