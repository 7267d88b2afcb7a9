"""What Club publishes: figures with their growth, rankings with their movements, and nothing about who somebody is."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from domains.club import documents, public_rows, store
from domains.club.history import HistoryDay, write_history
from domains.club.models import Community, Feature, Member
from tests.domains.club.figures import AT, DAY, said
from tests.domains.club.public.place import LAST, Place, fill

pytestmark = pytest.mark.django_db


def document(path: str) -> Any:
    """One of the documents that would be published now."""
    made = documents.build(timezone.now())
    return json.loads(next(file.body for file in made.files if file.path == path))


def test_hero_metrics_tell_value_and_growth(place: Place) -> None:
    fill()
    found = document("skyflow/hero-metrics.json")
    assert found["data"][0] == {
        "application": "skyflow",
        "metric": "members",
        "title": "Members",
        "unit": "accounts",
        "value": 108,
        "growth": {
            "day": {"from": 107, "change": 1, "share": 0.009346},
            "week": {"from": 101, "change": 7, "share": 0.069307},
            "month": None,
        },
        "as_of": "2026-03-10T04:00:00+00:00",
        "stale": False,
        "sources": ["forum"],
    }
    assert found["data"][1]["value"] == 18.5
    assert (found["meta"]["day"], found["meta"]["total_items"]) == ("2026-03-10", 2)


def test_a_feature_tells_its_totals(place: Place) -> None:
    fill()
    (row,) = document("skyflow/features.json")["data"]
    assert row == {
        "application": "skyflow",
        "slug": "help",
        "name": "Help",
        "members": 3,
        "contributions": 12,
        "top_ten_share": 1,
        "gini": round(1 / 6, 6),
        "new_members": 0,
        "returning_members": 0,
        "day": "2026-03-10",
        "as_of": "2026-03-10T04:00:00+00:00",
        "stale": False,
        "most_present": "/club/public/skyflow/help/most-present/",
    }
    assert document("features.json")["data"] == [row]


def rising(day: date) -> dict[str, float]:
    """Eve is third at first, and second on the last day; Ian has come that day."""
    return {"ada": 9, "bob": 5, "eve": 3} if day < LAST else {"ada": 9, "eve": 7, "bob": 5, "ian": 1}


def test_members_are_ranked_with_their_movements(place: Place) -> None:
    fill(change=rising)
    found = document("skyflow/help-most-present.json")
    moved = [(row["rank"], row["movement"]["day"], row["movement"]["month"]) for row in found["data"]["members"]]
    assert moved == [(1, 0, None), (2, 1, None), (3, -1, None), (4, None, None)]
    assert found["data"]["members"][0]["share"] == round(9 / 22, 6)
    assert (found["meta"]["population"], found["meta"]["ranks"]) == (4, "competition")


def test_nothing_says_who_a_member_is_unless_the_application_allows_names(place: Place) -> None:
    fill(change=lambda day: {"zora": 6.0, "yuri": 3.0})
    Member.objects.update(url="https://forum.example.org/u/zora")
    files = b"".join(file.body for file in documents.build(timezone.now()).files)
    for secret in (b"Zora", b"zora", b"example.org/u/", b"file:forum"):
        assert secret not in files
    assert document("skyflow/help-most-present.json")["data"]["members"][0].keys() == {
        "rank",
        "movement",
        "id",
        "score",
        "share",
        "figures",
    }


def test_names_are_told_of_the_application_that_allows_them_only(place: Place) -> None:
    fill()
    fill("nexus")
    Community.objects.create(application="nexus", publish_names=True)
    told = [[row.get("name") for row in document(path)["data"]["members"]] for path in (
        "skyflow/help-most-present.json", "nexus/help-most-present.json", "help-most-present.json",
    )]  # fmt: skip
    assert told[:2] == [[None] * 3, ["Ada", "Bob", "Eve"]]
    assert sorted(told[2], key=str) == ["Ada", "Bob", "Eve", None, None, None]
    assert b"example.org/u" not in b"".join(file.body for file in documents.build(timezone.now()).files)


def test_all_applications_together_are_ranked_anew(place: Place) -> None:
    fill()
    fill("nexus", lambda day: {"ada": 4.0, "zoe": 6.0} if day == LAST else {"ada": 8.0})
    found = document("help-most-present.json")
    ranks = [(row["rank"], row["score"], row["movement"]["day"]) for row in found["data"]["members"]]
    assert ranks == [(1, 6, None), (1, 6, 1), (3, 4, -2), (4, 3, -1), (4, 3, -1)]
    totals = found["data"]["feature"]
    assert (totals["application"], totals["members"], totals["contributions"]) == (None, 5, 22)
    assert [row["title"] for row in found["data"]["items"]] == ["Hello", "Hello", "T2", "T2"]


def test_things_have_addresses_of_the_web_only(place: Place) -> None:
    fill()
    items = document("skyflow/help-most-present.json")["data"]["items"]
    assert [(row["rank"], row["title"], row["url"], row["score"]) for row in items] == [
        (1, "Hello", "https://forum.example.org/t/1", 5),
        (2, "T2", None, 2),
    ]


def test_the_history_tells_what_there_is_of_each_day(place: Place) -> None:
    fill()
    found = document("skyflow/history.json")["data"]
    assert len(found) == 9
    assert found[0] == {
        "day": "2026-03-10",
        "hero_metrics": "/club/public/skyflow/hero-metrics/2026-03-10/",
        "most_present": ["/club/public/skyflow/help/most-present/2026-03-10/"],
    }


def test_stale_figures_say_since_when(place: Place) -> None:
    feature = Feature.objects.create(application="skyflow", slug="help", name="Help")
    earlier = AT - timedelta(days=3)
    store.store_feature(feature, DAY, AT, [said({"ada": 1}), said({"bob": 1}, source="chat", stale_since=earlier)])
    store.store_hero("skyflow", DAY, AT, [said(hero={"posts": 1}, stale_since=earlier), said(hero={"likes": 2})])
    row = document("skyflow/features.json")["data"][0]
    assert (row["stale"], row["as_of"]) == (True, "2026-02-27T04:00:00+00:00")
    posts, likes = document("skyflow/hero-metrics.json")["data"]
    assert (posts["metric"], posts["stale"], posts["as_of"]) == ("posts", True, "2026-02-27T04:00:00+00:00")
    assert (likes["metric"], likes["stale"], likes["as_of"]) == ("likes", False, "2026-03-02T04:00:00+00:00")


def test_equal_figures_have_equal_bytes(place: Place) -> None:
    fill()
    moment = timezone.now()
    first, again = documents.build(moment), documents.build(moment)
    assert [file.body for file in first.files] == [file.body for file in again.files]


def test_the_time_of_a_collection_alone_makes_no_other_snapshot(place: Place) -> None:
    feature = Feature.objects.create(application="skyflow", slug="help", name="Help")
    names = []
    for number, scores in enumerate(({"ada": 1}, {"ada": 1}, {"ada": 2})):
        store.store_feature(feature, DAY, AT + timedelta(hours=number), [said(scores)])
        names.append(documents.build(timezone.now()).snapshot)
    assert names[0] == names[1] != names[2]


def test_a_document_has_a_bound(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public_rows, "MOST_MEMBERS", 2)
    fill()
    found = document("skyflow/help-most-present.json")
    assert (len(found["data"]["members"]), found["meta"]["population"], found["meta"]["total_items"]) == (2, 3, 2)
    assert found["data"]["members"][0]["share"] == 0.5


def test_a_feature_that_is_not_collected_any_more_is_in_no_document(place: Place) -> None:
    fill()
    Feature.objects.update(active=False)
    made = documents.build(timezone.now())
    assert not [file.path for file in made.files if "help" in file.path]
    assert b"help" not in b"".join(file.body for file in made.files)


def test_without_figures_every_application_has_empty_documents(place: Place) -> None:
    made = documents.build(timezone.now())
    assert {file.path for file in made.files if file.application == "nexus"} == {
        f"nexus/{kind}.json" for kind in ("hero-metrics", "features", "history", "index")
    }
    assert document("nexus/hero-metrics.json")["data"] == []


def test_nobody_moves_since_an_application_was_not_collected(place: Place) -> None:
    fill("skyflow", lambda day: {"ada": 6.0, "bob": 3.0})
    write_history("nexus", {"help": "Help"}, [HistoryDay(DAY + timedelta(days=8), {"help": [said({"zoe": 9.0})]})])
    place.publish()
    members = place.document("help-most-present.json")["data"]["members"]
    assert [(row["rank"], row["movement"]["day"]) for row in members] == [(1, None), (2, None), (3, None)]


def test_one_more_source_is_no_growth(place: Place) -> None:
    fill()
    both = [said(hero={"members": 108, "posts": 60}), said(hero={"members": 900}, source="second")]
    store.store_hero("skyflow", LAST, AT, both)
    found = {row["metric"]: row for row in document("skyflow/hero-metrics.json")["data"]}
    assert (found["members"]["value"], found["members"]["growth"]["day"]) == (1008, None)
    assert found["members"]["sources"] == ["forum", "second"]
    assert found["posts"]["growth"]["day"] is not None
