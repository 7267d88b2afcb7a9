"""What answers in front of Django says the same as Django, and leaves to it what is not ready."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from domains.base.errors import Unavailable
from domains.extensions.front import Front, in_front, keep_fresh
from domains.orchestration.start import run_now
from domains.publishing import api_log
from domains.trace.public.front import TraceFront
from domains.trace.published import store
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
FEATURES = "/trace/public/skyflow/features/"
PATHS = (
    "/trace/public/features/", FEATURES, "/trace/public/nexus/matrix/", "/trace/public/index/",
    "/trace/public/snapshots/", "/trace/public/skyflow/features/live-boards/", "/trace/public/features/live-boards/",
)  # fmt: skip


@pytest.fixture
def front(place: Place) -> TraceFront:
    """A front that has been refreshed after one publication."""
    place.export()
    made = TraceFront()
    made.refresh()
    return made


def environ(path: str, method: str = "GET", query: str = "", **more: str) -> dict[str, Any]:
    return {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": method, "wsgi.url_scheme": "http", **more}


def ask(application: Any, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes] | None:
    """Status, headers and body, as a WSGI server gets them; None when the front leaves it to Django."""
    told: list[Any] = []
    chunks: Iterable[bytes] | None = application(request, lambda status, headers: told.extend((status, headers)))
    return None if chunks is None else (int(told[0].split()[0]), dict(told[1]), b"".join(chunks))


@pytest.mark.parametrize("accepted", ["", "gzip", "br, gzip", "identity"])
@pytest.mark.parametrize("path", PATHS)
def test_front_and_django_answer_the_same(front: TraceFront, path: str, accepted: str) -> None:
    mine = ask(front.answer, environ(path, HTTP_ACCEPT_ENCODING=accepted))
    theirs = Client().get(path, headers={"accept-encoding": accepted})
    assert mine is not None
    status, headers, body = mine
    assert (status, body) == (theirs.status_code, theirs.content)
    assert {name: theirs[name] for name in headers} == headers
    again = ask(front.answer, environ(path, HTTP_ACCEPT_ENCODING=accepted, HTTP_IF_NONE_MATCH=headers["ETag"]))
    assert again is not None
    assert (again[0], again[2], again[1]["ETag"]) == (304, b"", headers["ETag"])


def test_head_has_the_headers_of_get(front: TraceFront) -> None:
    got, head = ask(front.answer, environ(FEATURES)), ask(front.answer, environ(FEATURES, "HEAD"))
    assert got is not None and head is not None
    assert (head[0], head[1], head[2]) == (200, got[1], b"")


def test_what_is_not_ready_is_left_to_django(front: TraceFront) -> None:
    for request in (
        environ(FEATURES, query="page_size=1"), environ(FEATURES, "POST"), environ(FEATURES, "OPTIONS"),
        environ("/trace/public/orbit/features/"), environ("/trace/public/skyflow/features/no-such/"),
        environ("/trace/public/files/x"), environ("/trace/public/"), environ("/trace/public/skyflow/features"),
    ):  # fmt: skip
        assert ask(front.answer, request) is None, request


def test_nothing_is_answered_before_the_applications_are_known(place: Place) -> None:
    place.export()
    front = TraceFront()
    assert ask(front.answer, environ(FEATURES)) is None
    front.refresh()
    assert ask(front.answer, environ(FEATURES)) is not None


def test_an_application_that_is_switched_off_is_left_to_django(front: TraceFront) -> None:
    run_now("applications", "deactivate", app="skyflow")
    front.refresh()
    assert ask(front.answer, environ(FEATURES)) is None
    assert ask(front.answer, environ("/trace/public/features/")) is not None


def test_damaged_files_are_left_to_django_which_says_so(front: TraceFront) -> None:
    (store.versions() / store.current_folder() / "tags.json").unlink()
    assert ask(front.answer, environ("/trace/public/tags/")) is None
    assert Client().get("/trace/public/tags/").status_code == 503


def test_a_publication_is_seen_a_moment_later(front: TraceFront, place: Place) -> None:
    before = ask(front.answer, environ(FEATURES))
    place.save(workspace(feature("Live boards"), feature("Brand new"), feature("Flow builder")))
    place.export()
    front.looked -= 1
    after = ask(front.answer, environ(FEATURES))
    assert before is not None and after is not None
    assert b"Brand new" in after[2] and b"Brand new" not in before[2]


def test_every_answer_is_noted_for_the_log(front: TraceFront, monkeypatch: pytest.MonkeyPatch) -> None:
    noted: list[tuple[Any, ...]] = []
    monkeypatch.setattr(api_log, "note", lambda **values: noted.append(tuple(values.values())[:5]))
    ask(front.answer, environ(FEATURES))
    ask(front.answer, environ("/trace/public/features/live-boards/"))
    Client().get(f"{FEATURES}?page_size=1")
    Client().get("/trace/public/orbit/tags/")
    assert noted == [
        ("trace", "features", "skyflow", 200, "ready"), ("trace", "feature", "", 200, "ready"),
        ("trace", "features", "skyflow", 200, "computed"), ("trace", "tags", "orbit", 404, "refused"),
    ]  # fmt: skip


class Counting(Front):
    """Counts its refreshes, and fails as told."""

    prefix = "/count/"
    every = 0.001

    def __init__(self, faults: list[Exception], enough: threading.Event) -> None:
        self.faults, self.enough, self.calls = faults, enough, 0

    def start(self) -> None:
        """Nothing to begin."""

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Nothing to learn."""

    def refresh(self) -> None:
        """Fail, or be done."""
        self.calls += 1
        if self.faults:
            raise self.faults.pop()
        self.enough.set()

    def answer(self, environ: Any, start_response: Any) -> list[bytes]:
        """Always."""
        start_response("200 OK", [])
        return [b"front"]


def test_a_front_is_refreshed_on_after_faults() -> None:
    stop = threading.Event()
    front = Counting([OperationalError("gone"), Unavailable("full"), OSError("odd")], stop)
    keep_fresh(front, stop)
    assert front.calls == 4


def test_django_gets_what_is_below_no_prefix_and_what_has_to_become_secure() -> None:
    def django(environ: Any, start_response: Any) -> list[bytes]:
        return [b"django"]

    front = Counting([], threading.Event())
    plain, secure = (in_front(django, [front], secure=wanted) for wanted in (False, True))

    def start(*_: Any) -> None:
        """Nothing."""

    assert plain(environ("/count/x"), start) == [b"front"]
    assert plain(environ("/other/"), start) == [b"django"]
    assert secure(environ("/count/x"), start) == [b"django"]
    assert secure(environ("/count/x", HTTP_X_FORWARDED_PROTO="https"), start) == [b"front"]
