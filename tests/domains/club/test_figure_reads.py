"""What the overview asks: hero metrics added up, growth, standings, and sources that fail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from domains.club import reads
from domains.club.history import write_history
from domains.club.models import HeroPoint, LastReading, Source
from domains.club.reads import SPANS, Figure
from tests.domains.club.figures import DAY, history

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)


def hero_point(application: str, day: date, figures: Mapping[str, float], **more: Any) -> None:
    HeroPoint.objects.create(application=application, every="day", at=day, collected=NOW, figures=figures, **more)


def figure(applications: list[str], name: str, span: str = "30") -> Figure:
    hero = reads.overview(applications, SPANS[span])
    assert hero
    return next(each for each in hero.figures if each.metric.name == name)


def test_without_any_figure_there_is_nothing() -> None:
    assert reads.overview(["skyflow"], SPANS["30"]) is None


def test_figures_of_several_applications_are_added_up_and_those_of_others_left_out() -> None:
    for application, members in (("skyflow", 10), ("nexus", 5), ("other", 100)):
        hero_point(application, DAY, {"members": members})
    assert figure(["skyflow", "nexus"], "members").value == 15
    assert figure(["nexus"], "members").value == 5


def test_only_metrics_that_some_source_has_are_shown_in_the_order_of_the_metrics() -> None:
    hero_point("skyflow", DAY, {"stars": 3, "members": 1})
    hero = reads.overview(["skyflow"], SPANS["30"])
    assert hero
    assert [each.metric.name for each in hero.figures] == ["members", "stars"]


def test_growth_is_against_a_day_a_week_and_a_month_before() -> None:
    for ago, members in ((0, 100), (1, 90), (7, 80), (30, 50)):
        hero_point("skyflow", DAY - timedelta(days=ago), {"members": members})
    growth = figure(["skyflow"], "members").growth
    assert {name: each and each.change for name, each in growth.items()} == {"day": 10, "week": 20, "month": 50}
    assert growth["month"] and growth["month"].share == 1.0


def test_an_application_that_is_new_does_not_look_like_growth() -> None:
    hero_point("skyflow", DAY - timedelta(days=7), {"members": 100})
    hero_point("skyflow", DAY, {"members": 110})
    hero_point("nexus", DAY, {"members": 1_000})
    found = figure(["skyflow", "nexus"], "members")
    assert found.value == 1_110
    assert found.growth["week"] and found.growth["week"].change == 10
    assert found.growth["month"] is None


def test_growth_over_a_month_is_known_while_only_a_week_is_shown() -> None:
    hero_point("skyflow", DAY - timedelta(days=30), {"members": 50})
    hero_point("skyflow", DAY, {"members": 60})
    growth = figure(["skyflow"], "members", span="7").growth["month"]
    assert growth and growth.change == 10


def test_the_oldest_time_of_a_stale_part_is_told() -> None:
    older, newer = "2026-02-20T04:00:00+00:00", "2026-02-27T04:00:00+00:00"
    hero_point("skyflow", DAY, {"members": 1, "stars": 2}, stale={"members": newer})
    hero_point("nexus", DAY, {"members": 1}, stale={"members": older})
    assert figure(["skyflow", "nexus"], "members").stale_since == datetime.fromisoformat(older)
    assert figure(["skyflow", "nexus"], "stars").stale_since is None


def test_features_stand_by_their_newest_point_with_the_one_of_most_contributions_first() -> None:
    write_history("skyflow", {"help": "Help"}, history({"ada": 3}, {"ada": 5, "bo": 1}))
    write_history("nexus", {"ideas": "Ideas"}, history({"eva": 40}, slug="ideas"))
    write_history("skyflow", {"tips": "Tips"}, history({"ada": 9}, slug="tips"))
    reads.feature_get("skyflow", "tips").delete()
    shown = reads.overview(["skyflow", "nexus"], SPANS["7"])
    assert shown
    found = shown.standings
    assert [(each.point.feature.slug, each.point.contributions) for each in found] == [("ideas", 40), ("help", 6)]
    assert [value for value in found[1].line.values if value is not None] == [3, 6]
    assert found[1].change and found[1].change.change == 3
    assert found[0].change is None


def test_features_are_shown_without_any_hero_metric_and_reach_back_further_than_they_do() -> None:
    write_history("skyflow", {"help": "Help"}, history({"ada": 3}, {"ada": 5}))
    alone = reads.overview(["skyflow"], SPANS["30"])
    assert alone and not alone.figures
    assert (alone.day, len(alone.window.days)) == (DAY + timedelta(days=1), 2)
    hero_point("skyflow", DAY + timedelta(days=1), {"members": 1})
    both = reads.overview(["skyflow"], SPANS["30"])
    assert both and len(both.window.days) == 2


def test_features_that_are_no_longer_collected_do_not_stand_on_the_overview() -> None:
    write_history("skyflow", {"help": "Help"}, history({"ada": 3}))
    feature = reads.feature_get("skyflow", "help")
    feature.active = False
    feature.save()
    assert reads.overview(["skyflow"], SPANS["30"]) is None
    assert [point.feature for point in reads.feature_standings()] == []  # the application itself is not there


def test_sources_that_fail_are_named_with_the_time_of_what_stands_in() -> None:
    now = timezone.now()
    for name, active, failing in (("forum", True, now), ("off", False, now), ("fine", True, None)):
        source = Source.objects.create(application="skyflow", name=name, kind="file", active=active)
        LastReading.objects.create(
            source=source, feature="help", at=NOW, reading=b"", digest="", failing_since=failing, error="No answer."
        )
    (trouble,) = reads.troubles(["skyflow"])
    assert (trouble.name, trouble.feature, trouble.at, trouble.error) == ("forum", "help", NOW, "No answer.")
    assert reads.troubles(["nexus"]) == []
