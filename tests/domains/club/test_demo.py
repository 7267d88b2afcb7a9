"""The demo: believable, the same each time, and without any effect where something is there already."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from domains.applications import reads as applications
from domains.club import reads
from domains.club.demo import load_demo
from domains.club.demo.places import COMMUNITIES
from domains.club.demo.story import SHOWN_DAYS, story
from domains.club.models import ClubPublication, Collection, Feature, FeaturePoint, HeroPoint, Member, Source
from domains.club.rules import slug_fault
from domains.club.spans import SPANS
from domains.orchestration.models import Run
from tests.domains.club.place import make_place

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Folders of this test's own, and the demo applications."""
    applications.forget_applications()
    return make_place(tmp_path, settings)


def test_every_community_of_the_demo_is_collected_and_published(folder: Path) -> None:
    load_demo()
    today = timezone.now().date()
    (collection,) = Collection.objects.all()
    assert (collection.state, collection.day) == ("complete", today)
    assert ClubPublication.objects.get(current=True).day == today
    assert list(Source.objects.values_list("application", "kind")) == [("nexus", "file"), ("skyflow", "file")]
    for application in ("skyflow", "nexus"):
        points = HeroPoint.objects.filter(application=application, every="day")
        assert points.count() == SHOWN_DAYS
        assert points.order_by("at").last().at == today  # type: ignore[union-attr]
        assert Feature.objects.filter(application=application).count() == 4


def test_what_is_collected_goes_on_where_the_made_up_days_end(folder: Path) -> None:
    load_demo()
    for feature in Feature.objects.all():
        *_, before, now = FeaturePoint.objects.filter(feature=feature, every="day").order_by("at")
        assert now.at - before.at == timedelta(days=1)
        assert abs(now.members - before.members) < 10
        assert now.new < 10
    assert not Member.objects.exclude(key__startswith="file:").exists()


def test_readers_get_the_figures_that_staff_see(folder: Path, client: Client) -> None:
    load_demo()
    shown = reads.overview(["nexus"], SPANS["30"])
    assert shown
    published = {row["metric"]: row for row in client.get("/club/public/nexus/hero-metrics/").json()["data"]}
    assert set(published) == {figure.metric.name for figure in shown.figures}
    for figure in shown.figures:
        row = published[figure.metric.name]
        assert row["value"] == figure.value
        growth = {name: each and each["change"] for name, each in row["growth"].items()}
        assert growth == {name: each and each.change for name, each in figure.growth.items()}
    detail = reads.feature_detail(reads.feature_get("nexus", "help"), "week")
    ranked = client.get("/club/public/nexus/help/most-present/").json()["data"]["members"]
    assert [(row["rank"], row["movement"]["week"]) for row in ranked] == [
        (place.rank, place.moved) for place in detail.places
    ]


def test_loading_it_again_changes_nothing(folder: Path) -> None:
    load_demo()
    files = {path: path.read_bytes() for path in folder.rglob("*.json")}
    before = [model.objects.count() for model in (Run, HeroPoint, FeaturePoint, Source, Member, ClubPublication)]
    load_demo()
    after = [model.objects.count() for model in (Run, HeroPoint, FeaturePoint, Source, Member, ClubPublication)]
    assert before == after
    assert files == {path: path.read_bytes() for path in folder.rglob("*.json")}


def test_sources_and_files_that_are_there_are_left_alone(folder: Path) -> None:
    Source.objects.create(application="skyflow", name="Our own", kind="file")
    (folder / "nexus").mkdir()
    (folder / "nexus" / "hero.json").write_text(json.dumps({"members": 3}))
    load_demo()
    assert not HeroPoint.objects.filter(application="skyflow").exists()
    assert HeroPoint.objects.get(application="nexus", every="day", at=timezone.now().date()).figures == {"members": 3}


@pytest.mark.parametrize("community", COMMUNITIES, ids=lambda community: community.application)
def test_the_story_is_the_same_each_time_and_believable(community: Any) -> None:
    days = list(story(community, DAY))
    assert days == list(story(community, DAY))
    assert [day for day, _ in days] == [DAY - timedelta(days=ago) for ago in reversed(range(SHOWN_DAYS))]
    for _, readings in days:
        hero = readings[""].hero
        assert hero["active_1d"] <= hero["active_7d"] <= hero["active_30d"] <= hero["members"]
        for feature in community.features:
            reading = readings[feature.slug]
            assert 10 < len(reading.members) <= community.people
            assert all(member.score > 0 for member in reading.members)
            assert reading.items
    names = {member.key: member.name for slug, reading in days[-1][1].items() for member in reading.members}
    assert len(set(names.values())) == len(names)
    first, last = days[0][1][""].hero, days[-1][1][""].hero
    assert last["members"] > first["members"]


def test_names_of_the_demo_fit_public_addresses() -> None:
    assert not [feature.slug for each in COMMUNITIES for feature in each.features if slug_fault(feature.slug)]
