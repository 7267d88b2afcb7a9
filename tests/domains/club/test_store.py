"""What is stored of a day: ranks, totals, who is new and who is back, by day, week and month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from domains.club import store
from domains.club.history import HistoryDay, write_history
from domains.club.members import fingerprints
from domains.club.models import Erasure, Feature, FeatureMember, FeaturePoint, HeroPoint, Member
from domains.club.rankings import unpack_ranking
from domains.club.service import feature_points, hero_points
from tests.domains.club.figures import AT, DAY, history, make_feature, said

pytestmark = pytest.mark.django_db


def store_days(feature: Feature, *days: dict[str, float], start: date = DAY) -> list[FeaturePoint]:
    return [
        store.store_feature(feature, start + timedelta(days=number), AT + timedelta(days=number), [said(scores)])
        for number, scores in enumerate(days)
    ]


def newcomers(point: FeaturePoint) -> tuple[int, int]:
    return point.new, point.returning


def test_a_point_holds_ranks_and_totals() -> None:
    (point,) = store_days(make_feature(), {"ada": 6, "bob": 3, "eve": 3})
    names = {row.pk: row.name for row in Member.objects.all()}
    stored = FeaturePoint.objects.get(pk=feature_points.at(make_read(), "day", DAY).get().pk)
    assert [(names[row.member], row.rank) for row in unpack_ranking(bytes(stored.ranking))] == [
        ("Ada", 1),
        ("Bob", 2),
        ("Eve", 2),
    ]
    assert (point.members, point.contributions, point.top_share) == (3, 12, 1)


def make_read() -> Feature:
    return Feature.objects.get(slug="help")


def test_nobody_is_new_when_nothing_is_known_of_before() -> None:
    (point,) = store_days(make_feature(), {"ada": 1})
    assert newcomers(point) == (0, 0)


def test_who_comes_first_is_new_and_who_comes_back_is_returning() -> None:
    points = store_days(make_feature(), {"ada": 1}, {"ada": 1, "bob": 1}, {"bob": 1}, {"ada": 1, "bob": 1, "eve": 1})
    assert [newcomers(point) for point in points] == [(0, 0), (1, 0), (0, 0), (1, 1)]


def test_a_week_holds_its_last_day_and_its_own_newcomers() -> None:
    feature = make_feature()
    store_days(feature, {"ada": 1}, {"bob": 1}, start=DAY)
    store_days(feature, {"eve": 2}, {"bob": 1, "eve": 2, "ada": 1}, start=DAY + timedelta(days=7))
    first, second = FeaturePoint.objects.filter(every="week").order_by("at")
    assert (first.at, newcomers(first), first.members) == (DAY, (0, 0), 1)
    assert (second.at, newcomers(second), second.members) == (DAY + timedelta(days=7), (1, 1), 3)
    assert FeaturePoint.objects.get(every="month").members == 3


def test_collecting_again_on_one_day_replaces_its_points() -> None:
    feature = make_feature()
    store_days(feature, {"ada": 1}, {"ada": 1, "bob": 1})
    again = store.store_feature(feature, DAY + timedelta(days=1), AT, [said({"ada": 2, "eve": 1})])
    assert newcomers(again) == (1, 0)
    assert FeaturePoint.objects.filter(every="day").count() == 2
    names = FeatureMember.objects.values_list("member__name", flat=True)
    assert sorted(names) == ["Ada", "Eve"]
    assert Member.objects.get(name="Ada").last_day == DAY + timedelta(days=1)


def test_a_pseudonym_stays_and_a_name_follows_the_source() -> None:
    feature = make_feature()
    store_days(feature, {"ada": 1})
    before = Member.objects.get()
    Member.objects.update(name="Old name")
    store_days(feature, {"ada": 2}, start=DAY + timedelta(days=1))
    after = Member.objects.get()
    assert (after.pseudonym, after.name, after.first_day, after.last_day) == (
        before.pseudonym,
        "Ada",
        DAY,
        DAY + timedelta(days=1),
    )


def test_whoever_was_erased_does_not_come_back() -> None:
    print_ = fingerprints("skyflow", "file:forum:ada")[0]
    Erasure.objects.create(application="skyflow", fingerprint=print_, at=AT)
    (point,) = store_days(make_feature(), {"ada": 5, "bob": 1})
    assert point.members == 1
    assert [row.name for row in Member.objects.all()] == ["Bob"]
    elsewhere = make_feature(application="beacon")
    assert store_days(elsewhere, {"ada": 5, "bob": 1})[0].members == 2


def test_an_erasure_outlives_a_change_of_the_secret_key(settings: Any) -> None:
    Erasure.objects.create(application="skyflow", fingerprint=fingerprints("skyflow", "file:forum:ada")[0], at=AT)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key of at least thirty-two characters"
    settings.SECRET_KEY_FALLBACKS = [former]
    feature = make_feature()
    assert store_days(feature, {"ada": 5})[0].members == 0
    settings.SECRET_KEY_FALLBACKS = []
    assert store_days(feature, {"ada": 5})[0].members == 0


def rows_of(model: Any, *but: str) -> list[dict[str, Any]]:
    """Everything stored, with members by key, so that two ways of storing can be compared."""
    keys = {row.pk: row.key for row in Member.objects.all()}
    found = []
    for row in model.objects.order_by("pk").values():
        kept = {
            name: value for name, value in row.items() if name not in {"id", "uuid", "pseudonym", "collected", *but}
        }
        if "ranking" in kept:
            kept["ranking"] = [
                (keys[each.member], each.rank, each.score) for each in unpack_ranking(bytes(kept["ranking"]))
            ]
        if "member_id" in kept:
            kept["member_id"] = keys[kept["member_id"]]
        found.append(kept)
    return sorted(found, key=str)


DAYS: list[dict[str, float]] = [{"ada": 3, "bob": 1}, {"bob": 2}, {}, {"ada": 1, "eve": 4}, {"bob": 1, "eve": 1}] * 5


def test_history_is_what_collections_would_have_stored() -> None:
    feature = make_feature()
    store_days(feature, *DAYS)
    expected = [rows_of(model) for model in (FeaturePoint, FeatureMember, Member)]
    for model in (FeaturePoint, FeatureMember, Member):
        model.objects.all().delete()
    assert write_history("skyflow", {"help": "Help"}, history(*DAYS)) == len(DAYS)
    assert [rows_of(model) for model in (FeaturePoint, FeatureMember, Member)] == expected


def test_history_goes_on_after_what_is_stored() -> None:
    write_history("skyflow", {"help": "Help"}, history(*DAYS))
    expected = [rows_of(model) for model in (FeaturePoint, FeatureMember, Member)]
    for model in (FeaturePoint, FeatureMember, Member, Feature):
        model.objects.all().delete()
    write_history("skyflow", {"help": "Help"}, history(*DAYS[:9]))
    write_history("skyflow", {"help": "Help"}, history(*DAYS[9:], start=DAY + timedelta(days=9)))
    found = [rows_of(model, "feature_id") for model in (FeaturePoint, FeatureMember, Member)]
    for rows in expected:
        for row in rows:
            row.pop("feature_id", None)
    assert found == [sorted(rows, key=str) for rows in expected]


def test_hero_points_are_kept_by_day_week_and_month() -> None:
    for number, members in enumerate((10, 12, 15)):
        day = DAY + timedelta(days=number)
        store.store_hero("skyflow", day, AT, [said(hero={"members": members})])
    assert [point.figures["members"] for point in HeroPoint.objects.filter(every="day")] == [10, 12, 15]
    assert [point.figures["members"] for point in HeroPoint.objects.exclude(every="day")] == [15, 15]


def test_history_of_hero_metrics_is_kept_likewise() -> None:
    days = [HistoryDay(DAY + timedelta(days=number), {"": [said(hero={"posts": number})]}) for number in range(10)]
    write_history("skyflow", {}, days)
    assert [point.figures["posts"] for point in HeroPoint.objects.filter(every="week").order_by("at")] == [6, 9]


def test_the_newest_points_are_found_for_all_at_once(django_assert_num_queries: Any) -> None:
    one, other = make_feature(), make_feature("ideas")
    store_days(one, {"ada": 1}, {"ada": 2})
    store_days(other, {"ada": 3})
    with django_assert_num_queries(1):
        found = {point.feature.slug: point.at for point in feature_points.newest([one, other])}
    assert found == {"help": DAY + timedelta(days=1), "ideas": DAY}
    assert {point.at for point in feature_points.newest([one, other], until=DAY)} == {DAY}
    for application in ("skyflow", "beacon"):
        store.store_hero(application, DAY, AT, [said(hero={"posts": 1})])
    with django_assert_num_queries(1):
        assert {row.application for row in hero_points.newest(["skyflow", "beacon", "none"])} == {"skyflow", "beacon"}
    assert list(hero_points.newest([])) == []
