"""A collection from a forum and from GitHub, as their emulators serve them: what a test finds is what is collected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domains.club.models import Collection, FeaturePoint, HeroPoint, KeptAnswer, Part, Source
from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.club.place import make_place
from tests.emulators.discourse import DiscourseEmulator, make_forum
from tests.emulators.github import TOKEN, GitHubEmulator, make_hub

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    return make_place(tmp_path, settings)


@pytest.fixture
def forum() -> Iterator[DiscourseEmulator]:
    with DiscourseEmulator(make_forum()) as emulator:
        yield emulator


@pytest.fixture
def github() -> Iterator[GitHubEmulator]:
    with GitHubEmulator(make_hub()) as emulator:
        yield emulator


def add(kind: str, config: dict[str, Any], secret: str = "") -> Source:
    """A source that is asked about everything that its test has found."""
    sealed = Secret(secret) if secret else None
    values = {"application": "skyflow", "name": kind, "kind": kind, "config": config}
    result: Any = run_now("club", "save_source", values=values, secret=sealed).result
    uuid: str = result["uuid"]
    start("club", "test_source", source=uuid)
    run_queued()
    found = dict(Source.objects.get(uuid=uuid).report or {})["found"]
    features = [{"slug": f"{kind}-{each['slug']}", "name": each["name"], "select": each["select"]} for each in found]
    run_now("club", "save_source", source=uuid, values={"features": features})
    return Source.objects.get(uuid=uuid)


def collect() -> Collection:
    start("club", "collect")
    run_queued()
    return Collection.objects.latest("id")


def test_what_tests_have_found_is_collected(forum: DiscourseEmulator, github: GitHubEmulator) -> None:
    add("discourse", {"url": forum.url})
    add("github", {"repositories": ["acme"], "url": github.url}, TOKEN)
    collection = collect()
    parts = list(Part.objects.filter(collection=collection))
    assert {(part.error, part.state) for part in parts} == {("", "done")}
    assert len(parts) == 2 + 8 + 7
    hero = HeroPoint.objects.get(application="skyflow", every="day").figures
    assert (hero["members"], hero["stars"]) == (120, 5070)
    support = FeaturePoint.objects.get(feature__slug="discourse-support", every="day")
    assert support.members == len(forum.truth_of_category(5, 30)[0])
    bugs = FeaturePoint.objects.get(feature__slug="github-bug", every="day")
    assert (bugs.members, bugs.contributions) == _totals(github.truth_of_issues("bug", 30)[0])


def test_the_next_collection_asks_github_only_whether_it_has_changed(github: GitHubEmulator) -> None:
    add("github", {"repositories": ["acme/site"], "url": github.url}, TOKEN)
    first = collect()
    assert KeptAnswer.objects.exists()
    second = collect()
    counted = {each.pk: list(each.parts.all()) for each in (first, second)}
    assert sum(part.unchanged for part in counted[second.pk]) > sum(part.unchanged for part in counted[first.pk])
    assert sum(part.bytes for part in counted[second.pk]) < sum(part.bytes for part in counted[first.pk])
    assert {part.changed + part.added + part.removed for part in counted[second.pk]} == {0}


def test_a_source_that_fails_makes_its_own_parts_stale_only(forum: DiscourseEmulator, github: GitHubEmulator) -> None:
    add("discourse", {"url": forum.url})
    add("github", {"repositories": ["acme/site"], "url": github.url}, TOKEN)
    collect()
    forum.faults.add("html", times=None)
    parts = list(Part.objects.filter(collection=collect()))
    assert {part.kind for part in parts if part.state == "stale"} == {"discourse"}
    assert {part.kind for part in parts if part.state == "done"} == {"github"}
    assert {part.error for part in parts if part.state == "stale"} == {
        "127.0.0.1 answered with a web page. Check the address."
    }
    assert HeroPoint.objects.get(application="skyflow", every="day").figures["members"] == 120


def _totals(members: dict[str, int]) -> tuple[int, int]:
    return len(members), sum(members.values())
