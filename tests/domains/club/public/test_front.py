"""What answers for Club in front of Django says the same as Django, and leaves to it what is not ready."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from domains.club import follow
from domains.club.public.front import ClubFront
from domains.club.published import store
from domains.extensions import registry
from domains.orchestration.start import run_now
from domains.publishing import api_log
from tests.domains.club.public.place import PREFIX, Place, fill

pytestmark = pytest.mark.django_db
PRESENT = f"{PREFIX}skyflow/help/most-present/"
PATHS = (
    PRESENT, f"{PREFIX}help/most-present/", f"{PREFIX}hero-metrics/", f"{PREFIX}skyflow/features/",
    f"{PREFIX}nexus/index/", f"{PREFIX}history/",
)  # fmt: skip


@pytest.fixture
def front(filled: Place) -> ClubFront:
    """A front that has been refreshed after one publication."""
    made = ClubFront()
    made.refresh()
    return made


def environ(path: str, method: str = "GET", query: str = "", **more: str) -> dict[str, Any]:
    return {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method, "wsgi.url_scheme": "http", **more}


def ask(front: ClubFront, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes] | None:
    """Status, headers and body, as a WSGI server gets them; None when the front leaves it to Django."""
    told: list[Any] = []
    chunks: Iterable[bytes] | None = front.answer(request, lambda status, headers: told.extend((status, headers)))
    if chunks is None:
        return None
    assert isinstance(chunks, list)
    return int(told[0].split()[0]), dict(told[1]), b"".join(chunks)


def test_it_stands_in_front_of_django() -> None:
    assert [front.prefix for front in registry.fronts() if isinstance(front, ClubFront)] == [PREFIX]


@pytest.mark.parametrize("accepted", ["", "gzip", "br, gzip"])
@pytest.mark.parametrize("path", PATHS)
def test_front_and_django_answer_the_same(front: ClubFront, path: str, accepted: str) -> None:
    mine = ask(front, environ(path, HTTP_ACCEPT_ENCODING=accepted))
    theirs = Client().get(path, headers={"accept-encoding": accepted})
    assert mine is not None
    status, headers, body = mine
    assert (status, body) == (theirs.status_code, theirs.content)
    assert {name: theirs[name] for name in headers} == headers
    again = ask(front, environ(path, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH=headers["ETag"]))
    assert again is not None
    assert (again[0], again[2]) == (304, b"")


def test_what_is_not_ready_is_left_to_django(front: ClubFront) -> None:
    for request in (
        environ(PRESENT, query="page=1"), environ(PRESENT, "POST"), environ(f"{PREFIX}orbit/features/"),
        environ(f"{PREFIX}skyflow/hero-metrics/2026-03-05/"), environ(f"{PREFIX}openapi.json"), environ(PREFIX),
    ):  # fmt: skip
        assert ask(front, request) is None, request


def test_an_application_that_is_switched_off_is_left_to_django(front: ClubFront) -> None:
    run_now("applications", "deactivate", app="skyflow")
    front.refresh()
    assert ask(front, environ(PRESENT)) is None
    assert ask(front, environ(f"{PREFIX}features/")) is not None


def test_it_follows_the_database_and_tidies_up(
    filled: Place, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAULT_DATA_ROOT = tmp_path / "other machine"
    monkeypatch.setattr(follow, "TIDY_EVERY_S", 0.0)
    front = ClubFront()
    front.refresh()
    (store.versions() / "left").mkdir()
    front.refresh()
    assert ask(front, environ(PRESENT)) is not None
    assert not (store.versions() / "left").exists()


def test_a_publication_is_seen_a_moment_later(front: ClubFront, filled: Place) -> None:
    assert ask(front, environ(f"{PREFIX}nexus/help/most-present/")) is None
    fill("nexus")
    filled.publish()
    front.looked -= 1
    assert ask(front, environ(f"{PREFIX}nexus/help/most-present/")) is not None


def test_answers_are_noted_by_kind_and_application(filled: Place, front: ClubFront) -> None:
    api_log._noted.clear()
    ask(front, environ(PRESENT))
    for path in (
        "skyflow/features/?x=1", "skyflow/hero-metrics/2026-03-05/", "help/most-present/2026-03-05/",
        "skyflow/nothing/most-present/", "what/", "openapi.json", "orbit/index/",
    ):  # fmt: skip
        Client().get(f"{PREFIX}{path}")
    noted = [note[1:6] for note in api_log._noted]
    api_log._noted.clear()
    assert noted == [
        ("club", "most-present", "skyflow", 200, "ready"),
        ("club", "features", "skyflow", 400, "refused"),
        ("club", "hero-metrics/…", "skyflow", 200, "computed"),
        ("club", "most-present/…", "", 200, "computed"),
        ("club", "most-present", "skyflow", 404, "refused"),
        ("club", "other", "", 404, "refused"),
        ("club", "openapi.json", "", 200, "computed"),
        ("club", "index", "orbit", 404, "refused"),
    ]
