"""Readers of several machines, each with several processes, while exports publish: what they get is one snapshot."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from domains.orchestration.start import run_now
from domains.publishing.models import APILog
from domains.trace.models import Publication
from tests.domains.trace.machines import Machine, wait_until
from tests.domains.trace.place import Place, make_place
from tests.domains.trace.workspaces import feature, page, source, workspace

pytestmark = pytest.mark.django_db(transaction=True)
PATHS = ("features", "tags", "skyflow/features", "skyflow/tags", "matrix", "nexus/tags")
READERS, EXPORTS = 20, 5


def numbered(number: int) -> dict[str, Any]:
    """A workspace whose features and tags all name the same number."""
    both = ("Skyflow", "Nexus")
    document = workspace(*(feature(f"Feature {n} of {number}", both, tags=(f"Tag {number}",)) for n in range(3)))
    document["data_sources"][3] = source("Tags", [page("Tags", f"Tag {number}", both)])
    return document


def numbers_in(path: str, body: Any) -> set[str]:
    """Every number that a document names."""
    rows = body["data"]["rows"] if path.endswith("matrix") else body["data"]
    return {row["name"].split()[-1] for row in rows}


@pytest.fixture
def place(tmp_path: Path, settings: Any) -> Place:
    """Something published."""
    made = make_place(tmp_path, settings)
    made.save(numbered(0))
    made.export()
    return made


def test_every_process_of_every_machine_gets_a_publication(place: Place, tmp_path: Path) -> None:
    with Machine(tmp_path / "here", data=place.root) as here, Machine(tmp_path / "there") as there:
        wait_until(lambda: there.snapshot() and here.snapshot())
        first = Publication.objects.get(current=True)
        place.save(numbered(1))
        second = place.export()["snapshot"]
        for machine in (here, there):
            wait_until(partial(machine.serves, second))
        run_now("trace", "publish", snapshot=first.snapshot.name)
        for machine in (here, there):
            wait_until(partial(machine.serves, first.snapshot.name))
        mine, theirs = here.get("/trace/public/skyflow/features/"), there.get("/trace/public/skyflow/features/")
        assert (mine.body, mine.headers["etag"]) == (theirs.body, theirs.headers["etag"])
        assert (
            here.get(
                "/trace/public/features/", if_none_match=here.get("/trace/public/features/").headers["etag"]
            ).status
            == 304
        )
        old = there.get(f"/trace/public/snapshots/{second}/features/")
        assert (old.status, numbers_in("features", old.json)) == (200, {"1"})
    assert APILog.objects.filter(outcome="ready", endpoint="features").exists()


def test_twenty_readers_never_meet_two_snapshots_mixed(place: Place, tmp_path: Path) -> None:
    seen: dict[str, str] = {}
    done = threading.Event()

    def look(machine: Machine) -> str:
        for path in PATHS:
            got = machine.get(f"/trace/public/{path}/")
            if got.status != 200:
                return f"{path}: {got}"
            found, snapshot = numbers_in(path, got.json), got.json["meta"]["snapshot"]
            if found != {seen.setdefault(snapshot, min(found))}:
                return f"{path} of {snapshot}: {found}, elsewhere {seen[snapshot]}"
        whole = machine.get(f"/trace/public/snapshots/{snapshot}/tags/")
        if whole.status == 429:
            return ""
        if whole.status != 200 or numbers_in("tags", whole.json) != found:
            return f"{snapshot} was {found}: {whole}"
        return ""

    def read(machine: Machine) -> str:
        fault = ""
        while not fault and not done.is_set():
            fault = look(machine)
        return fault

    with (
        Machine(tmp_path / "here", data=place.root) as here,
        Machine(tmp_path / "there") as there,
        ThreadPoolExecutor(READERS) as readers,
    ):
        wait_until(lambda: there.snapshot() and here.snapshot())
        reading = [readers.submit(read, (here, there)[n % 2]) for n in range(READERS)]
        for number in range(1, EXPORTS + 1):
            place.save(numbered(number))
            latest = place.export()["snapshot"]
            wait_until(partial(seen.__contains__, latest))
        done.set()
    assert [fault for future in reading if (fault := future.result())] == []
    assert len(seen) == EXPORTS + 1


def test_a_web_process_that_is_killed_takes_nothing_with_it(place: Place, tmp_path: Path) -> None:
    with Machine(tmp_path / "there") as there:
        wait_until(there.snapshot)
        assert there.process is not None
        victim = psutil.Process(there.process.pid).children()[0].pid
        os.kill(victim, signal.SIGKILL)
    place.save(numbered(1))
    second = place.export()["snapshot"]
    with Machine(tmp_path / "there") as there:
        wait_until(lambda: there.serves(second))


def test_an_application_that_is_switched_off_is_hidden_before_the_next_export(place: Place, tmp_path: Path) -> None:
    with Machine(tmp_path / "here", data=place.root) as here:
        wait_until(lambda: here.get("/trace/public/nexus/tags/").status == 200)
        run_now("applications", "deactivate", app="nexus")
        wait_until(lambda: all(here.get("/trace/public/nexus/tags/").status == 404 for _ in range(16)))
        got = here.get("/trace/public/nexus/tags/")
        assert (got.headers["access-control-allow-origin"], got.json["available_apps"]) == ("*", ["skyflow"])
        assert here.get("/trace/public/skyflow/tags/").status == 200


def test_a_web_server_that_is_stopped_has_written_every_request_to_the_api_log(place: Place, tmp_path: Path) -> None:
    with Machine(tmp_path / "here", data=place.root) as machine:
        wait_until(machine.snapshot)
        for _ in range(40):
            assert machine.get("/trace/public/skyflow/tags/").status == 200
    rows = APILog.objects.filter(every=60, endpoint="tags", application="skyflow", status=200)
    assert sum(row.requests for row in rows) == 40
