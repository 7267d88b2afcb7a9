"""Killed again and again, an export is never half published, loses nothing, and goes on where it was."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.trace.published import store
from tests.domains.orchestration.processes import environment
from tests.domains.trace.machines import Machine, wait_until
from tests.domains.trace.notion_place import configure
from tests.domains.trace.place import make_place
from tests.emulators.notion import NotionEmulator, data_source_id, make_workspace
from tests.faults.nursery import Nursery
from tests.faults.trace_kills import PACE, Drill, emulated, notion_environment
from tests.faults.trace_web import Victim

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def drilling(notion: NotionEmulator, home: Path, settings: Any) -> Iterator[Drill]:
    """A drill on the test database."""
    make_place(home, settings)
    configure(settings, notion, NOTION_REQUESTS_PER_SECOND=PACE)
    with Nursery(environment(**notion_environment(notion, home)), home / "log") as nursery:
        yield Drill(notion, nursery, home, random.Random(5))  # noqa: S311 - chooses moments


def test_ten_killed_workers_lose_nothing_and_repeat_little(tmp_path: Path, settings: Any) -> None:
    with emulated() as notion, drilling(notion, tmp_path, settings) as drill:
        drill.run(kills=10)
    assert drill.kills >= 10
    assert sum(drill.killed_at.values()) == drill.kills


def test_readers_get_whole_publications_while_web_processes_and_workers_are_killed(
    tmp_path: Path, settings: Any
) -> None:
    with emulated() as notion, drilling(notion, tmp_path, settings) as drill:
        with Victim(Machine(tmp_path / "web", data=tmp_path / "data"), drill.random) as web:
            drill.web = web
            drill.run(kills=4)
            folder = store.current_folder()
            wait_until(lambda: any(snapshot == folder.split("-")[0] for snapshot, _ in web.seen))
        assert web.faults == []
    assert web.kills >= 1


QUERIES = f"/v1/data_sources/{data_source_id('features')}/query"
PARTS: dict[str, tuple[str, int, int]] = {
    "reading pages": (QUERIES, 6, 9),
    "completing lists": ("/properties/", 12, 35),
}


@pytest.mark.parametrize(("part", "nth", "alone"), PARTS.values(), ids=list(PARTS))
def test_a_killed_worker_costs_the_request_that_was_under_way(
    tmp_path: Path, settings: Any, part: str, nth: int, alone: int
) -> None:
    with NotionEmulator(make_workspace(870)) as notion, drilling(notion, tmp_path, settings) as drill:
        run = Run.objects.get(uuid=start("trace", "export").uuid)
        victims: list[int] = []
        notion.faults.add("call", match=part, after=nth, action=killing(victims))
        victims.append(drill.nursery.start("tests.faults.trace_kills.carry", drill.world(), pk=run.pk))
        assert drill.nursery.wait(victims[0]) == -signal.SIGKILL
        assert len(notion.came(part)) in (nth, nth + 1)
        drill.finish(run.pk)
        run.refresh_from_db()
        assert (run.state, run.error) == ("success", None)
        drill.check_whole()
        asked = len([request for request in notion.came(part) if not request.body.get("in_trash")])
        assert alone <= asked <= alone + 2


def killing(victims: list[int]) -> Callable[[], None]:
    """Kills the worker that asks."""
    return lambda: os.kill(victims[0], signal.SIGKILL)
