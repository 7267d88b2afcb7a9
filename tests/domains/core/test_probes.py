"""The probes and the health document, with a database that is up and with one that is not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from domains.core.health import forget_report
from tests.domains.core.processes import script

ASK = """
import json, logging
logging.disable(logging.CRITICAL)
from django.test import Client
answers = {}
for path in PATHS:
    response = Client(raise_request_exception=False, headers=HEADERS).get(path)
    answers[path] = [response.status_code, response["Content-Type"], response.content.decode()]
print("ANSWERS" + json.dumps(answers))
"""
PATHS = ["/livez", "/readyz", "/readyz?verbose", "/startupz", "/health.json", "/health/", "/metrics"]


@pytest.fixture(autouse=True)
def fresh_report() -> Iterator[None]:
    forget_report()
    yield
    forget_report()


def ask(home: Path, paths: list[str], cookie: str = "", **environment: str) -> dict[str, tuple[int, str, str]]:
    headers = {"cookie": cookie} if cookie else {}
    done = script(home, ASK.replace("PATHS", repr(paths)).replace("HEADERS", repr(headers)), **environment)
    assert "ANSWERS" in done.stdout, done.stderr
    answers: dict[str, tuple[int, str, str]] = json.loads(done.stdout.split("ANSWERS", 1)[1])
    return answers


@pytest.mark.django_db
def test_livez_asks_nothing_of_the_database(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        response = client.get("/livez")

    assert (response.status_code, response.content, response["Cache-Control"]) == (
        200,
        b"ok\n",
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/readyz", "/startupz"])
def test_the_probes_pass_here(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_verbose_lists_the_checks_one_a_line(client: Client) -> None:
    lines = client.get("/readyz?verbose").content.decode().splitlines()

    assert "[+]database pass" in lines
    assert "[!]queue warn" in lines
    assert lines[-1] == "ok"


@pytest.mark.django_db
def test_exclude_drops_a_check(client: Client) -> None:
    body = client.get("/readyz?verbose&exclude=queue&exclude=sampler").content.decode()

    assert "queue" not in body
    assert "sampler" not in body
    assert "database" in body


@pytest.mark.django_db
def test_startup_looks_at_database_and_migrations_only(client: Client) -> None:
    assert client.get("/startupz?verbose").content == b"[+]database pass\n[+]migrations pass\nok\n"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/livez", "/readyz", "/startupz", "/health.json", "/metrics"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "BREW"])
def test_probes_answer_any_other_method_with_405_in_json(path: str, method: str) -> None:
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "method_not_allowed"


@pytest.mark.django_db
def test_the_health_page_says_405_to_a_form_of_another_site() -> None:
    assert Client(enforce_csrf_checks=True).post("/health/").status_code == 405


@pytest.mark.django_db
def test_strangers_get_a_health_document_without_findings(client: Client) -> None:
    response = client.get("/health.json")

    assert (response.status_code, response["Content-Type"]) == (200, "application/health+json")
    body = response.json()
    assert body["checks"]["database"] == [{"status": "pass"}]
    assert "releaseId" not in body


@pytest.mark.django_db
def test_staff_get_the_findings(staff_client: Client) -> None:
    checks = staff_client.get("/health.json").json()["checks"]

    assert checks["database:responseTime"][0]["observedUnit"] == "ms"
    assert "./dj.sh" in checks["queue"][0]["output"]


@pytest.mark.parametrize("cookie", ["", "sessionid=abcdefghijklmnopqrstuvwxyz012345"])
def test_a_dead_database_answers_503_in_plain_words_and_never_a_traceback(tmp_path: Path, cookie: str) -> None:
    answers = ask(tmp_path, PATHS, cookie, DATABASE_URL="postgres://vault:pass-word@127.0.0.1:1/vault")

    assert answers["/livez"][0] == 200
    for path in ("/readyz", "/readyz?verbose", "/startupz", "/health.json", "/health/"):
        assert answers[path][0] == 503, path
    assert "[-]database fail" in answers["/readyz?verbose"][2]
    assert json.loads(answers["/health/"][2])["checks"]["database"] == "fail"
    assert answers["/metrics"][0] == 200, "the figures of the host are told all the same"
    assert 'vault_health_check_status{check="database"} 0.0' in answers["/metrics"][2]
    everything = " ".join(body for _, _, body in answers.values())
    assert "Traceback" not in everything
    assert "pass-word" not in everything


def test_a_dead_cache_fails_readiness(tmp_path: Path) -> None:
    answers = ask(tmp_path, ["/livez", "/readyz?verbose"], REDIS_URL="redis://127.0.0.1:1/0")

    assert answers["/livez"][0] == 200
    assert answers["/readyz?verbose"][0] == 503
    assert "[-]cache fail" in answers["/readyz?verbose"][2]


def test_missing_tables_fail_readiness_and_start(tmp_path: Path) -> None:
    answers = ask(tmp_path, ["/readyz?verbose", "/startupz"])

    assert "[+]database pass" in answers["/readyz?verbose"][2]
    assert "[-]migrations fail" in answers["/readyz?verbose"][2]
    assert answers["/startupz"][0] == 503
    assert os.listdir(tmp_path)
