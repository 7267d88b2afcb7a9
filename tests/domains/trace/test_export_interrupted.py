"""An export that waits for Notion ends soon when it is cancelled, and is left to another worker when this one stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from domains.orchestration import orchestrator, stopping
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from domains.trace.models.notion import NotionPace
from tests.domains.orchestration.workers import wait_for
from tests.domains.trace.notion_place import NotionPlace, notion_place
from tests.emulators.notion import make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def waiting(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotionPlace]:
    """A Notion that asks for a minute of silence in the middle of a query."""
    with notion_place(make_workspace(30), tmp_path, settings, monkeypatch) as found:
        found.notion.faults.add("429", match="POST /v1/data_sources/.*/query", after=1, retry_after="60")
        yield found
    stopping.withdraw()


@contextmanager
def while_it_waits(action: Callable[[], Any]) -> Iterator[None]:
    """Do that in another thread once the page of the run says that Notion is waited for."""

    def act() -> None:
        try:
            wait_for(lambda: Run.objects.filter(steps__progress_note__contains="for Notion").exists(), "the wait")
            action()
        finally:
            connection.close()

    thread = Thread(target=act)
    thread.start()
    yield
    thread.join()


def exported() -> Run:
    return Run.objects.get(uuid=start("trace", "export").uuid)


def test_a_cancelled_export_ends_while_notion_is_waited_for(waiting: NotionPlace) -> None:
    run = exported()
    with while_it_waits(lambda: orchestrator.cancel_run(run.uuid)):
        carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"
    asked = len(waiting.notion.requests)
    assert run_queued() == 0
    assert len(waiting.notion.requests) == asked


def test_a_worker_that_stops_leaves_the_export_to_another_one(waiting: NotionPlace) -> None:
    run = exported()
    with while_it_waits(stopping.request):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_owner) == ("queued", 0, "")
    stopping.withdraw()
    NotionPace.objects.all().delete()  # the minute is over
    run_queued()
    run.refresh_from_db()
    assert run.state == "success", run.error
    waiting.check()
