"""Figures in words."""

from __future__ import annotations

from datetime import date

import pytest

from dashboards.club import words
from domains.club.reads import Growth

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("value", "said"), [(0, "0"), (12, "12"), (12.0, "12"), (3.25, "3.2"), (12_400, "12,400"), (1_234.56, "1,235")]
)
def test_amounts(value: float, said: str) -> None:
    assert words.amount(value) == said


@pytest.mark.parametrize(
    ("change", "share", "said"),
    [
        (40, 0.5, "40 more (+50%)"),
        (-2, -0.01, "2 fewer (−1.0%)"),
        (0, 0.0, "unchanged"),
        (5, None, "5 more"),
    ],
)
def test_growth(change: float, share: float | None, said: str) -> None:
    assert words.more_or_fewer(Growth(80, change, share)) == said


def test_a_change_has_an_arrow_a_sign_and_a_sentence() -> None:
    up = words.move(Growth(10, 5, 0.5), "the day before")
    assert (up.icon, up.short, up.words) == ("arrow-up", "+5", "5 more (+50%) than the day before")
    down = words.percent(Growth(10, -5, -0.5), "the day before")
    assert (down.icon, down.short) == ("arrow-down", "−50%")
    same = words.move(Growth(10, 0, 0.0), "the day before")
    assert (same.icon, same.short, same.words) == ("", "0", "unchanged since the day before")
    assert words.move(None, "the day before").words == "No figure was collected the day before."


@pytest.mark.parametrize(
    ("moved", "before", "icon", "said"),
    [
        (3, 5, "arrow-up", "up 3 places, from 5"),
        (-1, 1, "arrow-down", "down 1 place, from 1"),
        (0, 4, "", "the same place as on 2 Mar 2026"),
        (None, None, "plus", "not ranked on 2 Mar 2026"),
    ],
)
def test_movements(moved: int | None, before: int | None, icon: str, said: str) -> None:
    found = words.places_moved(moved, before, DAY)
    assert (found.icon, found.words) == (icon, said)


def test_lists() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
