"""A collection asks every source about every part, and stores what they say."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from domains.applications import reads as applications
from domains.applications.models import Application
from domains.audit.models import Event
from domains.base.errors import ValidationFailed
from domains.club import cached, published, store
from domains.club.models import (
    ClubPublication,
    Collection,
    Feature,
    FeaturePoint,
    HeroPoint,
    LastReading,
    Member,
    Part,
    Source,
)
from domains.club.rankings import pack_items, pack_ranking, unpack_items, unpack_ranking
from domains.club.start import start_collection
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.orchestrator import cancel_run
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued, tick
from tests.domains.club.place import collect, configure, make_place, make_source, result_of, write_file, write_hero

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    return make_place(tmp_path, settings)


@pytest.fixture
def filled(folder: Path) -> Path:
    """Two sources of one application, one of another."""
    make_source("forum", slugs=["help", "ideas"], hero="forum-hero.json")
    make_source("list", slugs=["help"])
    make_source("board", "nexus", slugs=["bugs"], hero="board-hero.json")
    write_hero(folder, "forum-hero.json", members=100, posts=7)
    write_hero(folder, "board-hero.json", members=5)
    write_file(folder, "forum-help.json", {"ada": 5, "bob": 2}, topics={"hello": 3})
    write_file(folder, "forum-ideas.json", {"ada": 1})
    write_file(folder, "list-help.json", {"eve": 4})
    write_file(folder, "board-bugs.json", {"joe": 9})
    return folder


def point_of(slug: str) -> FeaturePoint:
    return FeaturePoint.objects.filter(feature__slug=slug, every="day").get()


def scores_of(slug: str) -> dict[str, float]:
    names = {row.pk: row.name for row in Member.objects.all()}
    return {names[row.member]: row.score for row in unpack_ranking(bytes(point_of(slug).ranking))}


def test_all_parts_are_read_and_stored(filled: Path) -> None:
    run = collect()
    assert (run.state, run.error) == ("success", None)
    collection = Collection.objects.get()
    assert (collection.state, collection.run_uuid, collection.day) == ("complete", str(run.uuid), timezone.now().date())
    assert {part.state for part in Part.objects.all()} == {"done"}
    assert {bytes(part.reading) for part in Part.objects.all()} == {b""}
    assert [(part.application, part.source_name, part.feature) for part in Part.objects.order_by("position")] == [
        ("nexus", "board", ""),
        ("nexus", "board", "bugs"),
        ("skyflow", "forum", ""),
        ("skyflow", "forum", "help"),
        ("skyflow", "forum", "ideas"),
        ("skyflow", "list", "help"),
    ]
    assert scores_of("help") == {"Ada": 5, "Eve": 4, "Bob": 2}
    assert [row.title for row in unpack_items(bytes(point_of("help").items))] == ["Hello"]
    heroes = {row.application: row.figures for row in HeroPoint.objects.filter(every="day")}
    assert heroes == {"skyflow": {"members": 100, "posts": 7}, "nexus": {"members": 5}}


def test_a_child_run_stores_each_feature_and_each_applications_hero_metrics(filled: Path) -> None:
    run = collect()
    children = Run.objects.filter(parent=run)
    assert {(child.method, child.args["application"], child.args["feature"]) for child in children} == {
        ("digest", "nexus", ""),
        ("digest", "nexus", "bugs"),
        ("digest", "skyflow", ""),
        ("digest", "skyflow", "help"),
        ("digest", "skyflow", "ideas"),
    }
    assert {child.state for child in children} == {"success"}


def test_one_application_or_one_feature_can_be_collected_alone(filled: Path) -> None:
    assert collect(app="nexus").state == "success"
    assert {part.application for part in Part.objects.all()} == {"nexus"}
    assert collect(app="skyflow", feature="help").state == "success"
    latest = Collection.objects.first()
    assert latest is not None
    assert [(part.source_name, part.feature) for part in latest.parts.all()] == [("forum", "help"), ("list", "help")]


@pytest.mark.parametrize(("args", "field"), [({"app": "none"}, "app"), ({"feature": "none"}, "feature")])
def test_what_nobody_knows_is_refused_at_the_start(filled: Path, args: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        start("club", "collect", **args)
    assert list(refused.value.fields) == [field]


def test_without_sources_the_run_ends_well_and_says_so(folder: Path) -> None:
    run = collect()
    assert run.state == "exited"
    assert "no active source" in result_of(run)["message"]
    assert not Collection.objects.exists()


def test_collecting_again_on_one_day_replaces_its_points(filled: Path) -> None:
    collect()
    write_file(filled, "forum-help.json", {"ada": 5, "zoe": 2})
    collect()
    assert scores_of("help") == {"Ada": 5, "Eve": 4, "Zoe": 2}
    part = Part.objects.filter(source_name="forum", feature="help").latest("pk")
    assert (part.rows, part.added, part.changed, part.removed) == (2, 1, 0, 2)


def test_a_source_that_fails_keeps_its_last_figures_which_are_marked(filled: Path) -> None:
    collect()
    before = LastReading.objects.get(source__name="forum", feature="help").at
    (filled / "forum-help.json").unlink()
    write_file(filled, "list-help.json", {"eve": 1})
    run = collect()
    assert run.state == "success"
    assert Collection.objects.latest("pk").state == "partial"
    assert scores_of("help") == {"Ada": 5, "Bob": 2, "Eve": 1}
    assert point_of("help").stale == {"forum": before.isoformat()}
    part = Part.objects.filter(source_name="forum", feature="help").latest("pk")
    assert (part.state, part.stale_since) == ("stale", before)
    assert "forum-help.json" in part.error
    last = LastReading.objects.get(source__name="forum", feature="help")
    assert (last.at, last.error) == (before, part.error)
    assert last.failing_since is not None


def test_a_source_that_recovers_is_no_longer_marked(filled: Path) -> None:
    collect()
    (filled / "forum-hero.json").rename(filled / "away.json")
    collect()
    assert set(HeroPoint.objects.get(application="skyflow", every="day").stale) == {"members", "posts"}
    (filled / "away.json").rename(filled / "forum-hero.json")
    collect()
    assert HeroPoint.objects.get(application="skyflow", every="day").stale == {}
    assert LastReading.objects.get(source__name="forum", feature="").failing_since is None


def test_a_source_that_never_answered_leaves_no_point_behind(folder: Path) -> None:
    make_source("gone", slugs=["help"])
    run = collect()
    assert run.state == "success"
    assert Collection.objects.get().state == "failed"
    assert not FeaturePoint.objects.exists()
    assert Part.objects.get().stale_since is None


def test_features_follow_the_sources(filled: Path) -> None:
    collect()
    Source.objects.filter(name="forum").update(
        features=[{"slug": "help", "name": "Help desk", "select": {"file": "forum-help.json"}}]
    )
    collect()
    found = {row.slug: (row.name, row.active) for row in Feature.objects.filter(application="skyflow")}
    assert found == {"help": ("Help desk", True), "ideas": ("Ideas", False)}


def test_the_parts_of_a_kind_that_is_not_installed_any_more_are_stale(filled: Path) -> None:
    Source.objects.filter(name="list").update(kind="acme.wiki")
    assert collect().state == "success"
    part = Part.objects.get(kind="acme.wiki", feature="help")
    assert part.state == "stale"
    assert "acme.wiki" in part.error


def test_inactive_sources_and_applications_are_left_out(filled: Path) -> None:
    Source.objects.filter(name="list").update(active=False)
    Application.objects.filter(slug="nexus").update(active=False)
    collect()
    assert {part.source_name for part in Part.objects.all()} == {"forum"}


def test_a_second_collection_gives_way_to_one_that_is_under_way(filled: Path) -> None:
    first = start("club", "collect")
    Collection.objects.create(run_uuid=str(first.uuid), day=timezone.now().date(), started=timezone.now())
    second = collect_only()
    assert second.state == "exited"
    assert result_of(second)["under_way"] == str(first.uuid)


def test_a_collection_of_something_else_waits_for_its_turn(filled: Path) -> None:
    first = start_collection(None, "skyflow")
    Collection.objects.create(
        run_uuid=str(first.uuid), application="skyflow", day=timezone.now().date(), started=timezone.now()
    )
    second = start_collection(None, "nexus")
    assert second.created
    carry_out(Run.objects.get(uuid=second.uuid).pk)
    waiting = Run.objects.get(uuid=second.uuid)
    assert waiting.is_active and not Part.objects.exists()
    cancel_run(first.uuid)
    Run.objects.filter(pk=waiting.pk).update(retry_at=timezone.now() - timedelta(seconds=1))
    tick()
    run_queued()
    assert Run.objects.get(pk=waiting.pk).state == "success"
    assert {part.application for part in Part.objects.all()} == {"nexus"}


def test_what_is_published_of_an_application_goes_when_its_last_source_does(filled: Path) -> None:
    collect()
    Source.objects.all().update(active=False)
    Application.objects.filter(slug="nexus").update(active=False)
    applications.forget_applications()
    assert collect().state == "success"
    current = ClubPublication.objects.get(current=True)
    assert "nexus" not in current.applications


def collect_only() -> Run:
    run = Run.objects.get(uuid=start("club", "collect").uuid)
    carry_out(run.pk)
    run.refresh_from_db()
    return run


def test_a_collection_that_a_dead_run_left_behind_is_ended(filled: Path) -> None:
    left = Collection.objects.create(run_uuid="0" * 32, day=timezone.now().date(), started=timezone.now())
    assert collect().state == "success"
    left.refresh_from_db()
    assert (left.state, left.ended is None) == ("failed", False)


def test_old_points_and_collections_go_and_months_stay(filled: Path, settings: Any) -> None:
    configure(settings, CLUB_KEEP_DAYS=31)
    long_ago = timezone.now() - timedelta(days=6 * 366)
    feature = Feature.objects.create(application="skyflow", slug="help", name="Help")
    blank = {
        "collected": long_ago,
        "members": 0,
        "contributions": 0,
        "new": 0,
        "returning": 0,
        "ranking": pack_ranking([]),
        "items": pack_items([]),
    }
    for every in ("day", "week", "month"):
        FeaturePoint.objects.create(feature=feature, every=every, at=long_ago.date(), **blank)
        HeroPoint.objects.create(application="skyflow", every=every, at=long_ago.date(), collected=long_ago)
    Collection.objects.create(run_uuid="1", day=long_ago.date(), started=long_ago, state="complete")
    assert collect().state == "success"
    assert [row.every for row in FeaturePoint.objects.filter(at=long_ago.date())] == ["month"]
    assert [row.every for row in HeroPoint.objects.filter(at=long_ago.date())] == ["month"]
    assert Collection.objects.count() == 1


def test_figures_that_cannot_be_stored_cost_their_feature_only(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.store_feature

    def fails(feature: Feature, *args: Any) -> FeaturePoint:
        if feature.slug == "ideas":
            raise RuntimeError("no room")
        return real(feature, *args)

    monkeypatch.setattr(store, "store_feature", fails)
    run = collect()
    assert run.state == "success"
    assert Collection.objects.get().state == "partial"
    part = Part.objects.get(feature="ideas")
    assert (part.state, bytes(part.reading)) == ("stale", b"")
    assert "could not be stored" in part.error
    assert scores_of("help") == {"Ada": 5, "Eve": 4, "Bob": 2}


def test_a_collection_that_cannot_be_published_has_failed_and_keeps_its_figures(filled: Path) -> None:
    place = published.store.versions()
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("no folder")
    run = collect()
    assert run.state == "rolled_back"
    assert Collection.objects.get().state == "failed"
    assert scores_of("ideas") == {"Ada": 1}
    place.unlink()
    assert collect().state == "success"


def test_the_figures_can_be_published_alone(filled: Path) -> None:
    collect()
    ClubPublication.objects.all().delete()
    uuid = start("club", "publish").uuid
    run_queued()
    assert result_of(Run.objects.get(uuid=uuid))["changed"] is True
    assert Collection.objects.count() == 1


def test_the_cache_is_cleared_with_an_event(filled: Path) -> None:
    collect()
    cached.data_of("hero-metrics.json")
    assert run_now("club", "clear_cache").result == {"message": "1 key was cleared.", "cleared": 1}
    assert run_now("club", "clear_cache").result == {"message": "Nothing was set.", "cleared": 0}
    assert Event.objects.filter(action="club.cache.cleared").count() == 2
