"""When a schedule comes, in plain words."""

from __future__ import annotations

import pytest

from dashboards.schedules.words import cron_in_words, times_in_words


@pytest.mark.parametrize(
    ("cron", "words"),
    [
        ("* * * * *", "every minute"),
        ("*/5 * * * *", "every 5 minutes"),
        ("15 * * * *", "every hour at minute 15"),
        ("0 3 * * *", "every day at 03:00"),
        ("30 6,18 * * *", "every day at 06:30 and 18:30"),
        ("0 3 * * 1-5", "on weekdays at 03:00"),
        ("0 3 * * 1,3,fri", "every Monday, Wednesday and Friday at 03:00"),
        ("0 3 * * 7", "every Sunday at 03:00"),
        ("0 3 1 * *", "on day 1 of every month at 03:00"),
        ("0 0 24 12 *", "on 24 December at 00:00"),
        ("5 */6 * * *", "every 6 hours at minute 5"),
    ],
)
def test_common_cron_expressions_are_said_in_words(cron: str, words: str) -> None:
    assert cron_in_words(cron) == words


@pytest.mark.parametrize(
    "cron",
    [
        "*/7 * * * *",
        "0 3 1 * 1",
        "0 3 L * *",
        "0 25 * * *",
        "61 3 * * *",
        "0 3 * * 8",
        "0 3 * 13 *",
        "0 3 * * 1#2",
        "x",
    ],
)
def test_what_has_no_short_words_is_not_guessed(cron: str) -> None:
    assert cron_in_words(cron) == ""
    assert times_in_words(cron, None, "UTC") == f"at the times of “{cron}”, UTC"


def test_times_name_their_zone_and_intervals_their_largest_unit() -> None:
    assert times_in_words("0 3 * * *", None, "Europe/Berlin") == "every day at 03:00 Europe/Berlin"
    assert times_in_words("", 900, "UTC") == "every 15 minutes"
    assert times_in_words("", 86_400, "UTC") == "every day"
    assert times_in_words("", 90, "UTC") == "every 90 seconds"
