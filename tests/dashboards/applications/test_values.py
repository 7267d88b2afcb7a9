"""A rule's value as text and back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.applications.values import read_value, show_value


@pytest.mark.parametrize(
    ("text", "takes", "value"),
    [
        ("Draft", "scalar", "Draft"),
        ("  In progress ", "scalar", "In progress"),
        ("12", "scalar", 12),
        ("-1.5", "measure", -1.5),
        ('"12"', "scalar", "12"),
        ("true", "scalar", True),
        ('"true"', "scalar", "true"),
        ("True", "scalar", "True"),
        ("2026-01-31", "measure", "2026-01-31"),
        ("12", "text", "12"),
        ('"a" or "b"', "scalar", '"a" or "b"'),
        ("a, b", "scalar", "a, b"),
        ("a, b", "list", ["a", "b"]),
        ('a, "b, c", 3, true,', "list", ["a", "b, c", 3, True]),
        (",,", "list", []),
        ("", "scalar", None),
        ("   ", "list", None),
        ("007", "scalar", "007"),
        ("1e400", "scalar", "1e400"),
    ],
)
def test_what_is_typed_is_read_as_what_is_meant(text: str, takes: str, value: Any) -> None:
    assert read_value(text, takes) == value
    assert type(read_value(text, takes)) is type(value)


@pytest.mark.parametrize("text", ['"open', 'a, "b" c', '"a""b"'])
def test_a_list_that_cannot_be_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"quotation|comma"):
        read_value(text, "list")


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda t: t.strip())
SCALARS = st.one_of(
    TEXTS, st.sampled_from(["1", "true", "a, b", '"', '"x"', " y "]), st.integers(-(10**14), 10**14), st.booleans()
)


@given(SCALARS)
def test_a_value_survives_being_shown_and_read(value: Any) -> None:
    found = read_value(show_value(value), "scalar")
    assert (type(found), found) == (type(value), value)


@given(st.lists(SCALARS, min_size=1, max_size=5))
def test_a_list_survives_being_shown_and_read(values: list[Any]) -> None:
    found = read_value(show_value(values), "list")
    assert [(type(item), item) for item in found] == [(type(item), item) for item in values]


@given(st.text())
def test_whatever_is_typed_is_read_or_refused_in_words(text: str) -> None:
    for takes in ("scalar", "text", "measure", "list", "nothing"):
        try:
            read_value(text, takes)
        except ValueError as error:
            assert str(error).endswith(".")
