"""The cache of documents, and how Club fares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.audit.models import Event
from domains.club import cached
from domains.club.models import ClubPublication, Source
from domains.core.health import forget_report
from domains.orchestration.models import Run
from tests.domains.club.place import collect, make_source

pytestmark = pytest.mark.django_db(transaction=True)
CACHE, HEALTH = "/club/cache/", "/club/admin/service-health/"
KEY = "club_data_hero-metrics.json"


@pytest.fixture(autouse=True)
def fresh_checks() -> None:
    """No test sees what another one's checks have found."""
    forget_report()


@pytest.fixture
def published(forum: Source) -> Source:
    """Figures that readers get."""
    collect()
    assert ClubPublication.objects.filter(current=True).exists()
    return forum


def test_before_the_first_publication_both_pages_say_so(folder: Path, staff_client: Client) -> None:
    assert "Nothing is published yet." in staff_client.get(CACHE).content.decode()
    page = staff_client.get(HEALTH).content.decode()
    assert "nothing published" in page
    assert "No source is active." in page


def test_the_page_lists_every_key_and_which_are_set(published: Source, staff_client: Client) -> None:
    cached.data_of("hero-metrics.json")
    cached.data_of("hero-metrics.json")
    page = staff_client.get(CACHE).content.decode()
    assert page.count("In the cache</span>") == 1
    assert "club_data_skyflow_help-most-present.json" in page
    assert "50.0 %" in page
    assert "1 hit, 1 miss<" in page
    assert "Clear all" not in page, "who may not clear sees no button"


def test_keys_are_searched_filtered_and_exported(published: Source, staff_client: Client) -> None:
    cached.data_of("hero-metrics.json")

    def exported(query: str) -> list[dict[str, Any]]:
        answer = staff_client.get(f"{CACHE}?export=json{query}")
        return json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined, no-any-return]

    assert [row["key"] for row in exported("&state=set")] == [KEY]
    assert KEY not in [row["key"] for row in exported("&state=unset")]
    assert {row["key"] for row in exported("&q=skyflow+help")} == {"club_data_skyflow_help-most-present.json"}
    assert "Nothing matches." in staff_client.get(f"{CACHE}?q=nowhere").content.decode()
    assert staff_client.get(f"{CACHE}?export=xml").status_code == 404


def test_one_key_or_all_are_cleared_and_it_is_recorded(published: Source, collector: Client) -> None:
    cached.data_of("hero-metrics.json")
    cached.data_of("features.json")
    answer = collector.post(f"{CACHE}clear/", {"key": KEY}, follow=True).content.decode()
    assert "1 key was cleared." in answer
    assert [entry.key for entry in cached.entries() if entry.is_set] == ["club_data_features.json"]
    collector.post(f"{CACHE}clear/")
    assert not [entry for entry in cached.entries() if entry.is_set]
    assert Event.objects.filter(action="club.cache.cleared").count() == 2
    assert collector.post(f"{CACHE}clear/", {"key": "sessions"}).status_code == 400


def test_who_may_not_clear_is_refused(published: Source, staff_client: Client) -> None:
    cached.data_of("hero-metrics.json")
    assert staff_client.post(f"{CACHE}clear/").status_code == 403
    assert [entry.key for entry in cached.entries() if entry.is_set] == [KEY]


def test_the_health_page_shows_files_cache_database_and_sources(published: Source, staff_client: Client) -> None:
    page = staff_client.get(HEALTH).content.decode()
    assert "As published" in page
    assert ClubPublication.objects.get(current=True).folder in page
    assert "Points of features" in page
    assert "None fails" in page
    assert "Community files" in page
    assert "Vault may write there" in page


def test_a_source_that_fails_comes_first_with_its_fault(published: Source, folder: Path, staff_client: Client) -> None:
    make_source("aaa", "nexus", slugs=())
    (folder / "files-ideas.json").unlink()
    collect()
    fragment = staff_client.get(f"{HEALTH}sources/").content.decode()
    assert "1 failing" in fragment
    assert fragment.index(">files</a>") < fragment.index(">aaa</a>")


def test_files_that_are_not_what_was_published_are_said_to_be(
    published: Source, settings: Any, staff_client: Client
) -> None:
    (Path(settings.VAULT_DATA_ROOT) / "club" / "current").unlink()
    forget_report()
    fragment = staff_client.get(f"{HEALTH}service/").content.decode()
    assert "Not what was published" in fragment
    assert "readers get nothing" in fragment


def test_the_panels_are_made_once_for_many_viewers(
    published: Source, staff_client: Client, admin_client: Client
) -> None:
    first = staff_client.get(f"{HEALTH}service/")
    with CaptureQueriesContext(connection) as seen:
        second = admin_client.get(f"{HEALTH}service/")
    assert first.content == second.content
    assert not [query for query in seen if "club_" in query["sql"]]
    same = staff_client.get(f"{HEALTH}service/", headers={"If-None-Match": first["ETag"]})
    assert same.status_code == 304


def test_every_active_source_can_be_tested_at_once(published: Source, manager: Client, staff_client: Client) -> None:
    make_source("asleep", "nexus", active=False)
    assert manager.post(f"{HEALTH}test/").status_code == 303
    assert Run.objects.filter(method="test_source").count() == 1
