"""Killed again and again, a collection asks no finished source twice, and an erasure leaves nothing behind."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from domains.club.history import write_history
from domains.club.models import (
    ClubPublication,
    Collection,
    Erasure,
    Feature,
    FeatureMember,
    FeaturePoint,
    HeroPoint,
    KeptAnswer,
    LastReading,
    Member,
    Part,
)
from domains.club.published import store
from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.domains.club.figures import history
from tests.domains.club.test_erasure import made_up
from tests.emulators.json_api import JsonApi
from tests.faults.club_kills import CONCURRENCY, drilling, figures, make_sources

pytestmark = pytest.mark.django_db(transaction=True)
SOURCES = 12
PARTS = 2 * SOURCES


def test_a_source_that_was_read_before_the_kill_is_not_asked_again(tmp_path: Path, settings: Any) -> None:
    with JsonApi(people=20, latency=0.05) as api, drilling(tmp_path, settings) as drill:
        make_sources(api, SOURCES)
        run = start("club", "collect")
        victims: list[int] = []
        api.faults.add("call", after=14, action=lambda: os.kill(victims[0], signal.SIGKILL))
        victims.append(drill.start())
        assert drill.nursery.wait(victims[0]) == -signal.SIGKILL
        before = Counter(request.line for request in api.requests)
        read = set(Part.objects.filter(state="read").values_list("source__name", "feature"))
        assert 8 <= len(read) < PARTS
        ended = drill.finish(run.uuid)
        asked = Counter(request.line for request in api.requests)
    assert (ended.state, ended.error) == ("success", None)
    again = {line for line, count in asked.items() if count > 1}
    assert again <= set(before)
    assert len(again) <= 2 * CONCURRENCY
    assert max(asked.values()) <= 2
    for name, feature in read:
        number = int(name.removeprefix("source "))
        assert asked[f"GET /{'all' if feature else 'stats'}?source={number}"] == 1, name
    assert Counter(Part.objects.values_list("state", flat=True)) == {"done": PARTS}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_collection_that_is_killed_anywhere_stores_and_publishes_the_same_once(
    tmp_path: Path, settings: Any, seed: int
) -> None:
    with JsonApi(people=20, latency=0.05) as api, drilling(tmp_path, settings, seed) as drill:
        make_sources(api, SOURCES)
        assert drill.finish(start("club", "collect").uuid).state == "success"
        expected = figures()
        for model in (FeaturePoint, HeroPoint, FeatureMember, Member, Collection, LastReading, KeptAnswer):
            model.objects.all().delete()
        ClubPublication.objects.all().delete()
        run = start("club", "collect")
        drill.kill_at_random(seconds=0.25, times=8)
        ended = drill.finish(run.uuid)
    assert drill.kills >= 2
    assert (ended.state, ended.error) == ("success", None)
    assert figures() == expected
    assert Collection.objects.get().state == "complete"
    assert Run.objects.filter(parent=ended).exclude(state="success").count() == 0
    current = ClubPublication.objects.get(current=True)
    assert store.current_folder() == current.folder
    assert store.damaged(current.folder) == []


def test_an_erasure_that_is_killed_anywhere_leaves_nothing_of_the_member(tmp_path: Path, settings: Any) -> None:
    days = [{"bob": 1.0}, *made_up(80, 6)]
    with drilling(tmp_path, settings, 3) as drill:
        write_history(
            "skyflow", {"help": "Help"}, history(*[{k: v for k, v in day.items() if k != "ada"} for day in days])
        )
        expected = figures()
        for model in (FeaturePoint, FeatureMember, Member, Feature):
            model.objects.all().delete()
        write_history("skyflow", {"help": "Help"}, history(*days))
        member = Member.objects.get(key="file:forum:ada")
        run = start("club", "erase_member", member=member.uuid.hex)
        drill.kill_at_random(seconds=0.12, times=8)
        ended = drill.finish(run.uuid)
    assert drill.kills >= 2
    assert (ended.state, ended.error) == ("success", None)
    assert figures() == expected
    assert not Member.objects.filter(pk=member.pk).exists()
    assert Erasure.objects.count() == 1
    assert "Ada" not in "".join(path.read_text() for path in store.versions().rglob("*.json"))
