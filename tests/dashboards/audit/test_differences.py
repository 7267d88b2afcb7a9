"""What changed, in a form that reads."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards.audit.differences import MAX_LINES, Difference, differences
from dashboards.audit.objects import action_words


def one(old: Any, new: Any, **kwargs: Any) -> Difference:
    found = differences({"some_field": old}, {"some_field": new}, **kwargs)
    assert len(found) == 1
    return found[0]


def test_short_values_are_a_pair() -> None:
    assert one("Old", "New") == Difference("Some field", "Old", "New")
    assert one(True, False) == Difference("Some field", "yes", "no")
    assert one(3, 4.5) == Difference("Some field", "3", "4.5")
    assert one(None, "New") == Difference("Some field", None, "New")
    assert one("Old", "") == Difference("Some field", "Old", "")


def test_a_list_shows_what_came_what_went_and_what_stayed() -> None:
    assert one(["a", "b"], ["b", "c"]).items == (("-", "a"), ("+", "c"), (" ", "b"))
    assert one(None, ["a"]).items == (("+", "a"),)
    assert not one(["a", "b"], ["b", "c"]).reordered
    assert one(["a", "b"], ["b", "a"]).reordered


def test_nested_values_and_long_texts_are_lines() -> None:
    assert one({"a": 1, "b": 2}, {"a": 1, "b": 3}).lines == (
        (" ", "{"),
        (" ", '  "a": 1,'),
        ("-", '  "b": 2'),
        ("+", '  "b": 3'),
        (" ", "}"),
    )
    assert one("x" * 200, "y").lines == (("-", "x" * 200), ("+", "y"))
    assert one(None, "first\nsecond").lines == (("+", "first"), ("+", "second"))
    assert len(one(None, "\n".join("x" * 5000)).lines) == MAX_LINES


def test_words_come_before_the_general_form() -> None:
    found = one({"a": 1}, None, words=lambda name, value: f"{name} is {value['a']}")
    assert (found.before, found.after) == ("some_field is 1", None)
    assert found.lines


def test_every_field_of_either_side_is_shown_once() -> None:
    found = differences({"a": 1, "b": 2}, {"b": 3, "filters.tag": 4})
    assert [d.label for d in found] == ["A", "B", "Filters: tag"]
    assert differences(None, None) == []


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("applications.application.updated", "Application updated"),
        ("orchestration.run.started", "Run started"),
        ("applications.application.creation_undone", "Application creation undone"),
        ("odd", "Odd"),
    ],
)
def test_an_action_reads_as_words(action: str, words: str) -> None:
    assert action_words(action) == words
