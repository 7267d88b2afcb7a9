"""Errors: JSON on JSON paths, a page with the request's id elsewhere, and nothing of what went on inside."""

from __future__ import annotations

import pytest
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("conflict", 409, "That run has ended already."),
        ("missing", 404, "There is no such run."),
        ("invalid", 400, "A name is missing."),
        ("down", 503, "The sampler does not answer."),
        ("crash", 500, "Something went wrong inside Vault."),
        ("locked", 503, "The database is busy or does not answer. Try again in a moment."),
    ],
)
@pytest.mark.django_db
def test_an_error_is_a_page_with_its_words_the_request_id_and_a_way_out(
    client: Client, kind: str, status: int, words: str
) -> None:
    response = client.get(f"/t/fail/{kind}/")
    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert response["X-Request-ID"] in html
    assert 'href="/"' in html
    assert "secret" not in html


@pytest.mark.parametrize(("kind", "status"), [("conflict", 409), ("down", 503), ("crash", 500), ("locked", 503)])
@pytest.mark.django_db
def test_an_error_on_a_json_path_is_a_problem_document(client: Client, kind: str, status: int) -> None:
    response = client.get(f"/api/t/fail/{kind}/")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["request_id"] == response["X-Request-ID"]
    assert kind != "crash" or "secret" not in response.content.decode()


@pytest.mark.django_db
def test_a_database_that_fails_before_any_view_is_said_to_be_the_cause(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(self: object, request: HttpRequest) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(SessionMiddleware, "process_request", locked)
    response = client.get("/t/list/")
    assert response.status_code == 503
    assert "The database is busy or does not answer." in response.content.decode()


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.django_db
def test_an_unknown_address_is_a_page_and_json_on_a_json_path(client: Client, settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug
    page = client.get("/no/such/page/")
    assert page.status_code == 404
    assert "This address leads nowhere." in page.content.decode()
    assert "urlpatterns" not in page.content.decode()
    for path in ("/api/nothing/", "/trace/public/nothing/at/all/", "/health.json/x"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path
        assert answer.json()["error"]


@pytest.mark.django_db
def test_a_crash_never_shows_its_traceback_even_while_debugging(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    html = client.get("/t/fail/crash/").content.decode()
    assert "secret text" not in html
    assert "Traceback" not in html


@pytest.mark.django_db
def test_whoever_accepts_json_only_gets_json(client: Client) -> None:
    response = client.get("/t/fail/conflict/", headers={"Accept": "application/json"})
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_htmx_gets_the_sentence_for_its_toast(client: Client) -> None:
    response = client.get("/t/fail/conflict/", headers=HTMX)
    assert response.status_code == 409
    assert response.json()["title"] == "That run has ended already."


def test_a_wrong_method_names_the_right_ones(staff_client: Client) -> None:
    response = staff_client.delete("/preferences/")
    assert response.status_code == 405
    assert "GET, HEAD, POST" in response["Allow"]
    assert "answers to GET, HEAD, POST, not to DELETE" in response.content.decode()


@pytest.mark.django_db
def test_a_page_sends_strangers_to_the_login_and_back(client: Client) -> None:
    response = client.get("/t/list/?q=a&page=2")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=%2Ft%2Flist%2F%3Fq%3Da%26page%3D2"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("referrer", "back"),
    [("http://testserver/t/list/?q=a", "%2Ft%2Flist%2F%3Fq%3Da"), ("https://evil.example/x", "%2F"), ("", "%2F")],
)
def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(client: Client, referrer: str, back: str) -> None:
    response = client.post("/preferences/theme/", {"theme": "dark"}, headers={"Referer": referrer})
    assert response["Location"] == f"/accounts/login/?next={back}"


def test_a_form_without_its_token_is_explained(staff_client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = staff_client.cookies
    page = strict.post("/preferences/", {"theme": "dark"})
    assert page.status_code == 403
    assert "Your form had expired." in page.content.decode()
    partial = strict.post("/preferences/theme/", {"theme": "dark"}, headers=HTMX)
    assert (partial.status_code, partial["HX-Refresh"]) == (403, "true")


@pytest.mark.django_db
def test_a_malformed_request_is_answered_not_crashed_on(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    response = client.get("/t/list/", headers={"Host": "evil.example"})
    (said,) = [record for record in caplog.records if record.name == "django.security.DisallowedHost"]
    assert said.exc_info is None, "a stranger must not fill the log with tracebacks"
    assert response.status_code == 400
    assert "Vault could not read this request." in response.content.decode()
