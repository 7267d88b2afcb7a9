"""What several sources say about one feature becomes one ranking, whoever answered first."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from domains.club import digest
from domains.club.digest import Contribution
from domains.club.rankings import Ranked
from domains.club.readings import Item, Presence, Reading
from tests.domains.club.figures import item, said


def test_accounts_of_two_sources_are_different_people() -> None:
    merged = digest.merge([said({"ada": 3}, "a"), said({"ada": 5}, "b")])
    assert [(each.key, each.score) for each in merged.members] == [("file:b:ada", 5), ("file:a:ada", 3)]


def test_a_kind_may_say_that_two_sources_speak_of_one_account() -> None:
    key = "github:github.com:1"
    here = Contribution("a", "github", "x", Reading(members=[Presence(key, "octo", 3, {"issues": 3}, "https://a/1")]))
    there = Contribution("b", "github", "y", Reading(members=[Presence(key, "Octo", 4, {"issues": 1, "posts": 3})]))
    for order in permutations([here, there]):
        (found,) = digest.merge(order).members
        assert found == Presence(key, "octo", 7, {"issues": 4, "posts": 3}, "https://a/1")


def test_the_result_does_not_depend_on_the_order_of_answers() -> None:
    each = [said({"x": 1.1, "y": 2.2}, "a"), said({"x": 3.3}, "b"), said({"z": 2.2}, "c", items=[item("t", 2)])]
    results = [digest.merge(order) for order in permutations(each)]
    assert all(result == results[0] for result in results)
    assert [member.key for member in results[0].members] == ["file:b:x", "file:a:y", "file:c:z", "file:a:x"]


def test_only_scores_above_zero_are_present() -> None:
    merged = digest.merge([said({"ada": 0, "bob": -3, "eve": 0.5}, items=[item("t", 0)])])
    assert [each.key for each in merged.members] == ["file:forum:eve"]
    assert merged.items == []


def test_equal_scores_share_a_rank_and_the_next_is_lower_by_as_many() -> None:
    merged = digest.merge([said({"a": 9, "b": 5, "c": 5, "d": 1}, items=[item("x", 2), item("y", 2), item("z", 1)])])
    rows = digest.ranking(merged.members, {each.key: number for number, each in enumerate(merged.members)})
    assert [row.rank for row in rows] == [1, 2, 2, 4]
    assert [row.rank for row in merged.items] == [1, 1, 3]


def test_a_ranking_without_somebody_is_ranked_anew() -> None:
    rows = [Ranked(1, 1, 9), Ranked(2, 2, 5), Ranked(3, 2, 5), Ranked(4, 4, 1)]
    assert [(row.member, row.rank) for row in digest.without(rows, 1)] == [(2, 1), (3, 1), (4, 3)]
    assert digest.totals(digest.without(rows, 1)).contributions == 11


def test_stale_sources_are_named_with_the_time_of_their_figures() -> None:
    since = datetime(2026, 3, 1, 4, tzinfo=UTC)
    merged = digest.merge([said({"a": 1}, "b"), said({"a": 1}, "a", stale_since=since)])
    assert merged.stale == {"a": since.isoformat()}


def test_hero_metrics_are_added_up_and_stale_by_metric_since_the_oldest() -> None:
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    hero = digest.merge_hero(
        [
            said(source="b", hero={"members": 10, "posts": 5}, stale_since=late),
            said(source="a", hero={"members": 7}, stale_since=early),
            said(source="c", hero={"topics": 1}),
        ]
    )
    assert hero.figures == {"members": 17, "posts": 5, "topics": 1}
    assert hero.stale == {"members": early.isoformat(), "posts": late.isoformat()}
    assert hero.sources == {"members": ["a", "b"], "posts": ["b"], "topics": ["c"]}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.org", "/x", "\x01javascript:x", "x" * 501]
)
def test_addresses_that_no_page_may_link_to_are_dropped(url: str) -> None:
    merged = digest.merge(
        [
            Contribution(
                "a", "file", "a", Reading(members=[Presence("k", "n", 1, {}, url)], items=[Item("t", "t", 1, {}, url)])
            )
        ]
    )
    assert (merged.members[0].url, merged.items[0].url) == ("", "")


def test_names_lose_control_characters_and_what_is_too_long() -> None:
    merged = digest.merge(
        [Contribution("a", "file", "a", Reading(members=[Presence("k\0", "A\0da\n" + "x" * 300, 1)]))]
    )
    assert merged.members[0].name.startswith("A da xxx")
    assert len(merged.members[0].name) == 200
    assert merged.members[0].key == "file:a:k"


def test_a_key_that_is_too_long_still_tells_accounts_apart() -> None:
    merged = digest.merge([said({"x" * 400 + "1": 2, "x" * 400 + "2": 1})])
    first, second = (each.key for each in merged.members)
    assert first != second
    assert max(len(first), len(second)) <= 300
