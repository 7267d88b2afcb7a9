"""A member who is erased has never been there: in no figure of any day, in no reading, and for good."""

from __future__ import annotations

import os
import random
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from domains.audit.models import Event
from domains.base.errors import NotFound
from domains.club import erase_writes, follow, retention
from domains.club.history import write_history
from domains.club.models import (
    Community,
    Erasure,
    FeatureMember,
    FeaturePoint,
    KeptAnswer,
    LastReading,
    Member,
    Part,
    Source,
)
from domains.club.models.figures import Every
from domains.club.published import store
from domains.club.rankings import unpack_ranking
from domains.club.readings import unpack
from domains.club.service import feature_points
from domains.orchestration.carry_out import carry_out
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from domains.publishing.store import Store
from tests.domains.club.figures import AT, DAY, history
from tests.domains.club.place import collect, make_http, make_place, make_source, result_of, write_file
from tests.emulators.github import GitHubEmulator, make_hub
from tests.emulators.json_api import JsonApi

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ["ada", "bob", "eve", "joe", "zoe"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    return make_place(tmp_path, settings)


def erase(key: str, application: str = "skyflow") -> Run:
    member = Member.objects.get(application=application, key=key)
    uuid = start("club", "erase_member", member=member.uuid.hex).uuid
    run_queued()
    return Run.objects.get(uuid=uuid)


def made_up(days: int, seed: int) -> list[dict[str, float]]:
    """Members who come and go."""
    chance = random.Random(seed)  # noqa: S311 - test data
    return [{name: chance.randint(1, 9) for name in NAMES if chance.random() < 0.6} for _ in range(days)]


def figures() -> list[tuple[Any, ...]]:
    """Every point, with members by name."""
    names = {row.pk: row.name for row in Member.objects.all()}
    found = []
    for row in FeaturePoint.objects.order_by("every", "at"):
        ranking = [(names[each.member], each.rank, each.score) for each in unpack_ranking(bytes(row.ranking))]
        amounts = (row.members, row.contributions, row.top_share, row.gini, row.new, row.returning)
        found.append((row.every, row.at, ranking, *amounts))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_figures_are_those_of_a_community_without_them(seed: int) -> None:
    days = [{"bob": 1.0}, *made_up(65, seed)]
    write_history("skyflow", {"help": "Help"}, history(*[{k: v for k, v in day.items() if k != "ada"} for day in days]))
    expected = figures()
    for model in (FeaturePoint, FeatureMember, Member):
        model.objects.all().delete()
    write_history("skyflow", {"help": "Help"}, history(*days))
    assert figures() != expected
    assert erase("file:forum:ada").state == "success"
    assert figures() == expected
    assert not Member.objects.filter(name="Ada").exists()


def test_striking_twice_changes_nothing_more() -> None:
    write_history("skyflow", {"help": "Help"}, history(*made_up(40, 3)))
    member = Member.objects.get(key="file:forum:ada")
    feature = FeaturePoint.objects.all()[0].feature
    for every in Every:
        erase_writes.strike_series(feature, every, member.pk)
    once = figures()
    for every in Every:
        erase_writes.strike_series(feature, every, member.pk)
    assert figures() == once


def test_a_half_struck_series_is_finished_as_if_nothing_had_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [{"bob": 1.0}, *made_up(60, 4)]
    write_history("skyflow", {"help": "Help"}, history(*days))
    member = Member.objects.get(key="file:forum:ada")
    feature = FeaturePoint.objects.all()[0].feature
    batches = 0

    def dies(*args: Any) -> Any:
        nonlocal batches
        batches += 1
        if batches == 3:
            raise KeyboardInterrupt
        return real(*args)

    real = feature_points.backwards
    with monkeypatch.context() as patch:
        patch.setattr(feature_points, "backwards", dies)
        with pytest.raises(KeyboardInterrupt):
            erase_writes.strike_series(feature, Every.DAY, member.pk)
    assert batches == 3
    assert erase("file:forum:ada").state == "success"
    erased = figures()
    for model in (FeaturePoint, FeatureMember, Member, Erasure):
        model.objects.all().delete()
    write_history("skyflow", {"help": "Help"}, history(*[{k: v for k, v in day.items() if k != "ada"} for day in days]))
    assert figures() == erased


def test_readings_and_kept_answers_lose_them(folder: Path) -> None:
    source = make_source("forum", slugs=["help"])
    write_file(folder, "forum-help.json", {"ada": 5, "bob": 2})
    collect()
    Part.objects.update(reading=bytes(LastReading.objects.get().reading))
    KeptAnswer.objects.create(source=source, address="a", body=b"ada", at=AT)
    key = f"file:{source.uuid.hex}:ada"
    assert erase(key).state == "success"
    for row in (LastReading.objects.get(), Part.objects.get()):
        assert [each.name for each in unpack(bytes(row.reading)).members] == ["Bob"]
    assert not KeptAnswer.objects.exists()


def test_they_do_not_come_back_with_the_next_collection(folder: Path) -> None:
    source = make_source("forum", slugs=["help"])
    write_file(folder, "forum-help.json", {"ada": 5, "bob": 2})
    collect()
    erase(f"file:{source.uuid.hex}:ada")
    collect()
    assert [row.name for row in Member.objects.all()] == ["Bob"]
    assert [each.name for each in unpack(bytes(LastReading.objects.get().reading)).members] == ["Bob"]
    assert FeaturePoint.objects.get(every="day").members == 1


def test_the_event_says_that_somebody_was_erased_and_not_who() -> None:
    write_history("skyflow", {"help": "Help"}, history({"ada": 1}))
    member = Member.objects.get()
    erase(member.key)
    event = Event.objects.get(action="club.member.erased")
    said = f"{event.object_name}{event.before}{event.after}{Run.objects.values()}"
    assert event.object_id == member.uuid.hex
    assert "Ada" not in said
    assert member.key not in said
    assert Erasure.objects.get().fingerprint != member.key


def test_an_unknown_member_is_refused_at_the_start() -> None:
    with pytest.raises(NotFound):
        start("club", "erase_member", member="0" * 32)


def test_a_member_of_another_application_stays() -> None:
    write_history("skyflow", {"help": "Help"}, history({"ada": 1}))
    write_history("nexus", {"help": "Help"}, history({"ada": 1}, start=DAY + timedelta(days=1)))
    erase("file:forum:ada", "nexus")
    assert Member.objects.get().application == "skyflow"
    assert [row.members for row in FeaturePoint.objects.filter(every="day").order_by("at")] == [1, 0]


def test_the_answers_of_a_source_that_still_lists_them_are_not_kept() -> None:
    with JsonApi(people=5) as api:
        source = make_http(api.url)
        collect()
        assert KeptAnswer.objects.count() == 2
        erase(f"http:{source.uuid.hex}:3")
        assert not KeptAnswer.objects.exists()
        collect()
        assert not KeptAnswer.objects.exists()
        assert len(unpack(bytes(LastReading.objects.get(feature="help").reading)).members) == 4


def test_answers_about_hero_metrics_that_list_them_are_not_kept() -> None:
    with GitHubEmulator(make_hub()) as github:
        features = [{"slug": "authors", "name": "Authors", "select": {"from": "contributors", "name": ""}}]
        config = {"repositories": ["acme"], "url": github.url}
        Source.objects.create(application="skyflow", name="hub", kind="github", config=config, features=features)
        collect()
        member = Member.objects.all()[0]
        erase(member.key)
        collect()
        assert LastReading.objects.count() == 2
        assert not any(member.name.encode() in zlib.decompress(bytes(row.body)) for row in KeptAnswer.objects.all())


def test_answers_of_a_source_that_breaks_off_are_not_kept_either() -> None:
    with JsonApi(people=250) as api:
        source = make_http(api.url, hero=False)
        select = source.features[0]["select"] | {"url": "/by-cursor"}
        source.features = [source.features[0] | {"select": select}]
        source.config |= {"paging": "cursor", "cursor": "meta.next"}
        source.save()
        collect()
        erase(f"http:{source.uuid.hex}:3")
        api.faults.add("404", match="cursor=c100")
        assert result_of(collect())["stale"] == 1
        assert not KeptAnswer.objects.exists()


def test_an_erasure_that_fails_late_does_not_show_them_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Community.objects.create(application="skyflow", publish_names=True)
    source = make_source("forum", slugs=["help"])
    write_file(folder, "forum-help.json", {"ada": 5, "bob": 2})
    collect()
    assert "Ada" in store_text()

    def breaks(*args: Any) -> Any:
        raise OSError("made up")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "prune", breaks)
        assert erase(f"file:{source.uuid.hex}:ada").state == "rolled_back"
    follow.follow()
    assert "Bob" in store_text()
    assert "Ada" not in store_text()


def test_a_collection_that_fails_late_does_not_show_names_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    community = Community.objects.create(application="skyflow", publish_names=True)
    make_source("forum", slugs=["help"])
    write_file(folder, "forum-help.json", {"ada": 5})
    collect()
    assert "Ada" in store_text()
    community.publish_names = False
    community.save()

    def breaks(today: Any) -> Any:
        raise OSError("made up")

    monkeypatch.setattr(retention, "tidy", breaks)
    assert collect().state == "rolled_back"
    follow.follow()
    assert "Ada" not in store_text()


def store_text() -> str:
    """What readers get of the feature."""
    return (store.versions() / store.current_folder() / "help-most-present.json").read_text()


def test_whoever_is_erased_while_a_collection_is_under_way_is_in_none_of_its_figures() -> None:
    with JsonApi(people=5) as first, JsonApi(people=5) as second:
        source = make_http(first.url, "first", hero=False)
        make_http(second.url, "second", slugs=["help", "ideas"], hero=False)
        collect()
        key = f"http:{source.uuid.hex}:3"
        second.latency = 0.5  # by then the part of the first source has been noted
        second.faults.add("call", match="/all", action=lambda: _erase_elsewhere(key))
        assert collect().state == "success"
    assert not Member.objects.filter(key=key).exists()
    assert Erasure.objects.count() == 1
    said = unpack(bytes(LastReading.objects.get(source=source).reading))
    assert "3" not in {each.key for each in said.members}
    point = FeaturePoint.objects.get(feature__slug="help", every="day")
    assert (point.members, len(unpack_ranking(bytes(point.ranking)))) == (9, 9)


def _erase_elsewhere(key: str) -> None:
    """As another worker, while the collection goes on."""
    uuid = start("club", "erase_member", member=Member.objects.get(key=key).uuid.hex).uuid
    carry_out(Run.objects.get(uuid=uuid).pk)
    assert Run.objects.get(uuid=uuid).state == "success"
    connection.close()


def test_an_erasure_whose_publication_fails_can_be_done_once_more(folder: Path, settings: Any) -> None:
    source = make_source("forum", slugs=["help"])
    write_file(folder, "forum-help.json", {"ada": 5, "bob": 2})
    collect()
    place, key = store.versions(), f"file:{source.uuid.hex}:ada"
    aside = place.rename(place.with_name("aside"))
    place.write_text("no folder")
    assert erase(key).state == "rolled_back"
    assert Member.objects.filter(key=key).exists()
    place.unlink()
    aside.rename(place)
    assert erase(key).state == "success"
    assert not Member.objects.filter(key=key).exists()
    assert len(os.listdir(place)) == 1
