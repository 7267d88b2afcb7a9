"""What a source says is kept whole, in equal bytes for equal readings."""

from __future__ import annotations

import json
from dataclasses import asdict
from gzip import decompress

import pytest

from domains.club.readings import Item, Presence, Reading, pack, unpack

READING = Reading(
    {"members": 3, "posts": 0.5},
    [Presence("k", "Ada Ä", 2.5, {"posts": 1, "likes": 2}, "https://example.org/ada")],
    [Item("t", "Töpic", 3, {"replies": 4})],
    ["Something was cut."],
)


def test_a_packed_reading_is_the_same_again() -> None:
    assert asdict(unpack(pack(READING))) == asdict(READING)
    assert json.loads(decompress(pack(READING))) == asdict(READING)


def test_equal_readings_have_equal_bytes_whatever_the_order_of_their_figures() -> None:
    one = Reading({"posts": 0.5, "members": 3}, [Presence("k", "Ada", 1, {"b": 1, "a": 2})])
    other = Reading({"members": 3, "posts": 0.5}, [Presence("k", "Ada", 1, {"a": 2, "b": 1})])
    assert pack(one) == pack(other)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack(Reading({"members": float("nan")}))


def test_rows_count_figures_members_and_items() -> None:
    assert READING.rows == 4
