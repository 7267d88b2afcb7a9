"""The command and the service by which scripts collect."""

from __future__ import annotations

import asyncio
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.db import connection

from domains.base.errors import Unavailable
from domains.club.community import ClubTraceabilityService
from domains.club.models import Collection, FeaturePoint
from domains.club.waiting import ended
from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.domains.club.place import make_place, make_source, write_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    place = make_place(tmp_path, settings)
    make_source("forum", slugs=["help", "ideas"])
    make_source("board", "nexus", slugs=["bugs"])
    for name in ("forum-help", "forum-ideas", "board-bugs"):
        write_file(place, f"{name}.json", {"ada": 5})
    return place


def refresh(*args: str) -> str:
    out = StringIO()
    call_command("refresh_club", *args, stdout=out)
    return out.getvalue()


def test_without_wait_it_is_queued() -> None:
    said = refresh()
    run = Run.objects.get(method="collect")
    assert (run.state, run.key) == ("queued", "club.collect")
    assert str(run.uuid) in said
    assert "was under way already" in refresh()


def test_with_wait_it_is_carried_out_here_when_no_worker_is_running() -> None:
    said = refresh("--wait")
    assert "carried out here" in said
    assert "3 of 3 parts were collected." in said
    assert {child.state for child in Run.objects.all()} == {"success"}


def test_an_application_and_a_feature_can_be_named() -> None:
    refresh("--app", "skyflow", "--feature", "ideas", "--wait")
    assert [point.feature.slug for point in FeaturePoint.objects.filter(every="day")] == ["ideas"]


def test_an_unknown_application_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CommandError, match="skyflow"):
        refresh("--app", "none")


def test_it_names_what_could_not_be_read(folder: Path) -> None:
    (folder / "board-bugs.json").unlink()
    said = refresh("--wait")
    assert "2 of 3 parts were collected. 1 could not be" in said
    assert "nexus, board, bugs: " in said


def test_waiting_ends_in_time_and_says_that_the_run_goes_on() -> None:
    info = start("club", "collect")
    Run.objects.filter(uuid=info.uuid).update(state="waiting", waits_for="children", pending_children=1)
    with pytest.raises(Unavailable, match="goes on"):
        ended(info, timeout_s=0.3)


def test_the_service_collects_everything_and_answers_with_the_result() -> None:
    result = ClubTraceabilityService().run_full_export()
    assert result["changed"] is True
    assert result["stale"] == 0
    assert Collection.objects.get().uuid.hex == result["collection"]


def test_the_service_can_be_awaited() -> None:
    async def awaited() -> dict[str, Any]:
        try:
            return await ClubTraceabilityService().run_full_export_async()
        finally:
            await sync_to_async(lambda: connection.close())()  # that of the thread in which it ran

    assert "3 of 3 parts were collected." in asyncio.run(awaited())["message"]
