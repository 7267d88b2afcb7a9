"""What comes in as JSON."""

from __future__ import annotations

import pytest

from domains.base.json_values import is_storable, kind_of, storable


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "nothing"),
        (True, "true or false"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "a text"),
        ([], "a list"),
        ({}, "an object"),
    ],
)
def test_a_value_is_named_by_its_kind(value: object, words: str) -> None:
    assert kind_of(value) == words


@pytest.mark.parametrize(
    ("text", "stored"),
    [("plain", "plain"), ("später 🎉", "später 🎉"), ("a\x00b", "ab"), ("half \ud83c", "half ?")],
)
def test_what_no_database_stores_is_told_and_taken_out(text: str, stored: str) -> None:
    assert storable(text) == stored
    assert is_storable(text) is (stored == text)
    assert is_storable(storable(text))
