"""Spans, slots, lines in them, and how contributions are spread."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domains.club.distribution import POINTS, lorenz
from domains.club.lines import Line, added, change, line
from domains.club.spans import MOST_SLOTS, SPANS, earliest, window

FRIDAY = date(2026, 11, 20)
LONG_AGO = date(2020, 1, 6)


def test_thirty_days_end_with_the_newest_one_and_the_period_before_is_as_long() -> None:
    slots = window(SPANS["30"], FRIDAY, LONG_AGO)
    assert (slots.days[0], slots.days[-1], len(slots.days)) == (date(2026, 10, 22), FRIDAY, 30)
    assert (slots.before[-1], len(slots.before)) == (date(2026, 10, 21), 30)
    assert earliest(SPANS["30"], FRIDAY) == slots.before[0]
    assert slots.is_whole


def test_a_year_is_made_of_weeks_that_stand_under_their_mondays() -> None:
    slots = window(SPANS["year"], FRIDAY, LONG_AGO)
    assert (slots.days[-1], len(slots.days), len(slots.before)) == (date(2026, 11, 16), 52, 52)
    assert {day.weekday() for day in [*slots.days, *slots.before]} == {0}


def test_slots_begin_where_figures_do_and_stay_beside_those_before() -> None:
    slots = window(SPANS["30"], FRIDAY, FRIDAY - timedelta(days=9))
    assert (slots.days[0], len(slots.days), len(slots.before)) == (date(2026, 11, 11), 10, 10)
    assert not slots.is_whole


def test_the_whole_time_has_no_period_before_and_no_more_than_twenty_years() -> None:
    slots = window(SPANS["all"], FRIDAY, date(2026, 11, 2))
    assert (list(slots.days), list(slots.before)) == ([date(2026, 11, day) for day in (2, 9, 16)], [])
    assert earliest(SPANS["all"], FRIDAY) is None
    assert len(window(SPANS["all"], FRIDAY, date(1950, 1, 2)).days) == MOST_SLOTS


def test_a_line_has_nothing_where_nothing_was_collected() -> None:
    slots = window(SPANS["7"], FRIDAY, LONG_AGO)
    found = line(slots, {FRIDAY: 5.0, FRIDAY - timedelta(days=8): 3.0, FRIDAY - timedelta(days=40): 1.0})
    assert found.values == [None] * 6 + [5.0]
    assert found.before == [None] * 5 + [3.0, None]


def test_a_sum_goes_on_with_the_last_known_figure_of_whoever_has_none() -> None:
    one, two = Line([1, 2, None, None], ()), Line([None, 10, 20, None], ())
    assert added([one, two]).values == [1, 12, 22, None]


@pytest.mark.parametrize(
    ("values", "changed"), [([], None), ([None, 4], None), ([4, None, 7, None], 3), ([5, 5], 0), ([9, 2], -7)]
)
def test_change_is_between_the_first_and_the_last_known_figure(
    values: list[float | None], changed: float | None
) -> None:
    assert change(values) == changed


def test_the_lorenz_curve_of_equal_scores_is_straight_and_of_one_who_has_all_it_hangs_through() -> None:
    assert lorenz([2, 2, 2, 2]) == [(0, 0), (0.25, 0.25), (0.5, 0.5), (0.75, 0.75), (1, 1)]
    curve = lorenz([1, 1, 1, 97])
    assert curve[3] == pytest.approx((0.75, 0.03))
    assert curve[-1] == (1, 1)


def test_the_lorenz_curve_leaves_out_who_has_nothing_and_has_no_more_points_than_a_screen_shows() -> None:
    assert lorenz([0, 0]) == []
    curve = lorenz(range(10_000))
    assert len(curve) == POINTS + 1
    assert curve[-1] == (1, 1)
    assert [share for share, _ in curve] == sorted(share for share, _ in curve)
