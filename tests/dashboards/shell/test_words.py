"""Figures, tags and small charts, as text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.template import Context, Template
from django.utils import timezone

from dashboards.shell import charts, figures


def render(source: str, **context: object) -> str:
    return Template("{% load shell %}" + source).render(Context(context))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (1_240_000, "1.24 MB"),
        (99_960_000_000, "100 GB"),
        (999_600, "1.00 MB"),
        (16e12, "16.0 TB"),
    ],
)
def test_sizes_are_si_with_three_digits(value: float, words: str) -> None:
    assert figures.size(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.412, "412 ms"),
        (0.9996, "1.0 s"),
        (9.96, "10 s"),
        (59.7, "1 min"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
        (90_000, "1 d 1 h"),
        (-5, "-5.0 s"),
    ],
)
def test_spans_are_said_in_two_units(seconds: float, words: str) -> None:
    assert figures.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.5, "just now"),
        (12, "12 s ago"),
        (300, "5 min ago"),
        (7300, "2 h ago"),
        (200_000, "2 d ago"),
        (-60, "in 1 min"),
    ],
)
def test_ages_are_said_in_one_unit(seconds: float, words: str) -> None:
    assert figures.age(seconds) == words


def test_a_moment_is_shown_in_the_zone_in_force() -> None:
    moment = datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC)
    with timezone.override("Asia/Tokyo"):
        html = render("{% localtime m %}", m=moment)
    assert "21 Nov 2026 21:00<" in html
    assert 'datetime="2026-11-21T12:00:05+00:00"' in html


def test_an_age_carries_the_moment_for_the_script() -> None:
    moment = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
    with time_machine.travel(moment.replace(minute=5), tick=False):
        html = render("{% ago m %}", m=moment)
    assert "data-ago>5 min ago</time>" in html


def test_absent_values_are_a_dash_not_a_zero() -> None:
    assert "–" in render("{{ x|filesize_si }}", x=None)
    assert "–" in render("{% ago x %}", x=None)
    assert "–" in render("{% bar x 10 'Disk' %}", x=None)


def test_a_state_has_an_icon_and_a_word_beside_its_colour() -> None:
    html = render("{% state_tag 'rolled_back' %}")
    assert 'class="tag bad"' in html
    assert "#undo-2" in html
    assert "Rolled back" in html
    assert "Half baked" in render("{% state_tag 'half_baked' %}")


def test_a_sparkline_breaks_where_values_are_absent() -> None:
    svg = charts.sparkline([1, 2, None, 3, 4, None, 5], label="CPU", maximum=4)
    assert svg.count("<polyline") == 2
    assert 'aria-label="CPU"' in svg
    assert "style" not in svg


@pytest.mark.parametrize("values", [[], [5], [None, None, None]])
def test_a_sparkline_of_nothing_is_an_empty_frame(values: list[float | None]) -> None:
    svg = charts.sparkline(values, label="CPU")
    assert "<svg" in svg
    assert "<polyline" not in svg


def test_a_sparkline_of_equal_values_is_a_level_line() -> None:
    assert '<polyline points="0.0,15.0 50.0,15.0 100.0,15.0"/>' in charts.sparkline([7, 7, 7], label="")


@pytest.mark.parametrize(("value", "width"), [(50, "25.0"), (500, "100.0"), (-1, "0.0")])
def test_a_bar_stays_within_its_track(value: float, width: str) -> None:
    assert f'class="fill" width="{width}"' in charts.bar(value, 200, label="Disk")


def test_labels_are_escaped() -> None:
    assert "<b>" not in charts.bar(1, 2, label="<b>")
    assert "<b>" not in render("{% icon name %}", name="<b>")


def test_the_clock_of_shared_fragments_is_utc_with_the_day_only_when_it_is_long_ago() -> None:
    with time_machine.travel(datetime(2026, 11, 21, 13, 0, tzinfo=UTC)), timezone.override("Asia/Tokyo"):
        near, far = datetime(2026, 11, 21, 12, 5, tzinfo=UTC), datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
        assert (
            render("{% clock at %}", at=near)
            == '<time datetime="2026-11-21T12:05:00+00:00" data-clock>12:05 UTC</time>'
        )
        assert ">20 Nov 12:05 UTC<" in render("{% clock at %}", at=far)
