"""What is computed of figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domains.club import rules

SCORES = some.lists(some.integers(1, 10_000), min_size=1, max_size=60)


def test_growth_tells_from_what_by_how_much_and_the_share() -> None:
    assert rules.growth(120, 100) == rules.Growth(100, 20, 0.2)
    assert rules.growth(80, 100) == rules.Growth(100, -20, -0.2)


def test_growth_from_nothing_has_no_share_and_from_the_unknown_is_unknown() -> None:
    assert rules.growth(5, 0) == rules.Growth(0, 5, None)
    assert rules.growth(5, None) is None


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([], None), ([0, 0], None), ([7], 0), ([3, 3, 3, 3], 0), ([1, 3], 0.25), ([0, 1, 3], 0.25), ([1, 1, 1, 97], 0.72)],
)
def test_the_gini_of_known_distributions(scores: list[float], expected: float | None) -> None:
    found = rules.gini(scores)
    assert found is None if expected is None else found == pytest.approx(expected)


@given(SCORES)
def test_the_gini_is_half_the_mean_difference_divided_by_the_mean(scores: list[int]) -> None:
    pairs = sum(abs(one - other) for one in scores for other in scores)
    expected = pairs / (2 * len(scores) * sum(scores))
    assert rules.gini(scores) == pytest.approx(expected, abs=1e-9)


@given(SCORES)
def test_concentration_does_not_depend_on_the_order(scores: list[int]) -> None:
    backwards = scores[::-1]
    assert rules.gini(scores) == rules.gini(backwards)
    assert rules.top_share(scores) == rules.top_share(backwards)


def test_the_top_ten_of_ten_have_everything_and_of_twenty_equals_half() -> None:
    assert rules.top_share([5] * 10) == 1
    assert rules.top_share([5] * 20) == 0.5
    assert rules.top_share([0]) is None


def test_movement_is_positive_upwards_and_unknown_for_newcomers() -> None:
    assert rules.movement(3, 7) == 4
    assert rules.movement(7, 3) == -4
    assert rules.movement(1, None) is None


def test_a_day_without_a_collection_is_bridged_and_a_long_gap_is_not() -> None:
    today = date(2026, 3, 31)
    days = [today - timedelta(days=back) for back in (0, 1, 8, 14, 59, 60)]
    assert rules.compared(days, today) == {
        "day": today - timedelta(days=1),
        "week": today - timedelta(days=8),
        "month": today - timedelta(days=59),
    }
    assert rules.compared([today - timedelta(days=14)], today) == {"day": None, "week": None, "month": None}


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert rules.monday(date(2026, 3, 8)) == date(2026, 3, 2)
    assert rules.monday(date(2026, 3, 2)) == date(2026, 3, 2)
    assert rules.month_start(date(2026, 3, 31)) == date(2026, 3, 1)


@pytest.mark.parametrize("slug", ["help", "a", "q-and-a", "v2", "x" * 100])
def test_slugs_that_fit(slug: str) -> None:
    assert rules.slug_fault(slug) == ""


@pytest.mark.parametrize("slug", ["", "Help", "a b", "-a", "a-", "a--b", "ä", "a/b", "a.json", "help\n", "x" * 101])
def test_slugs_that_do_not_fit(slug: str) -> None:
    assert rules.slug_fault(slug).startswith("Use small letters")


@pytest.mark.parametrize("slug", sorted(rules.RESERVED - {"openapi.json"}))
def test_words_of_the_public_addresses_are_no_slugs(slug: str) -> None:
    assert "public addresses" in rules.slug_fault(slug)
