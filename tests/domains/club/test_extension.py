"""What Club adds to Vault: a schedule, health checks, and how old figures are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from domains.club import health
from domains.club.extension import ClubExtension
from domains.club.models import Collection
from domains.club.orchestrator import ClubOrchestrator
from domains.club.published import store
from domains.orchestration.schedules import ensure_schedules
from tests.domains.club.place import collect, make_place, make_source, write_file, write_hero

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    return make_place(tmp_path, settings)


@pytest.fixture
def filled(folder: Path) -> Path:
    make_source("forum", hero="hero.json")
    write_hero(folder, "hero.json", members=3)
    write_file(folder, "forum-help.json", {"ada": 1})
    return folder


def test_everything_is_collected_each_night() -> None:
    from domains.orchestration.models import Schedule

    ensure_schedules()
    row = Schedule.objects.get(name="club.collect")
    assert (row.cron, row.orchestrator, row.method) == ("0 4 * * *", "club", "collect")


def test_without_sources_and_figures_all_is_well() -> None:
    assert health.community_files().status == "pass"
    assert health.community_sources().status == "pass"


def test_after_a_collection_files_are_whole_and_sources_have_answered(filled: Path) -> None:
    assert health.community_sources().status == "warn"
    collect()
    files, sources = health.community_files(), health.community_sources()
    assert (files.status, sources.status, sources.value) == ("pass", "pass", 1)


def test_an_altered_file_fails_the_check(filled: Path) -> None:
    collect()
    (store.versions() / store.current_folder() / "hero-metrics.json").write_text("{}")
    found = health.community_files()
    assert (found.status, "hero-metrics.json" in found.message) == ("fail", True)


def test_readers_who_get_something_else_fail_the_check(filled: Path) -> None:
    from domains.club.models import ClubPublication

    collect()
    ClubPublication.objects.filter(current=True).update(folder="another")
    assert "another should be published" in health.community_files().message


def test_a_failing_source_is_named(filled: Path) -> None:
    collect()
    (filled / "hero.json").unlink()
    collect()
    found = health.community_sources()
    assert (found.status, "forum" in found.message) == ("warn", True)


def test_a_day_without_a_collection_is_noticed(filled: Path) -> None:
    collect()
    Collection.objects.update(started=timezone.now() - timedelta(hours=27))
    assert "Nothing has been collected since" in health.community_sources().message


def test_freshness_tells_of_applications_that_have_figures(filled: Path) -> None:
    assert list(ClubExtension().freshness()) == []
    collect()
    found = {row.application: row for row in ClubExtension().freshness()}
    assert (found["skyflow"].items, found["skyflow"].href) == (1, "/club/public/skyflow/features/")
    assert timezone.now() - found["skyflow"].published < timedelta(minutes=5)
    assert found.keys() == {"skyflow"}


def test_what_can_be_started_from_outside_takes_a_permission() -> None:
    found = ClubOrchestrator.startable
    assert "digest" not in found
    assert found["collect"] == found["publish"] == "club.collect_club"
    assert found["save_source"] == "club.manage_sources"
    assert found["erase_member"] == "club.erase_members"
