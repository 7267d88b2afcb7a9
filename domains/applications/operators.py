"""The operators of a filter rule: what each asks of the value in a row, and what it takes to compare with.

Texts are compared exactly, upper and lower case differ. `true` is never the same as 1. A field that a row lacks counts
as empty.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Test = Callable[[Any], bool]
Takes = Literal["scalar", "text", "measure", "list", "nothing"]

_EMPTY: tuple[object, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Operator:
    """`words` stands between field and value in a sentence; `test` makes the question asked of each row's field.

    `takes`: "scalar" is a text, a number, true or false; "text" a text that is not empty; "measure" a number, or a text
    that sorts, such as a date "2026-01-31"; "list" one or more scalars; "nothing" no value at all.
    """

    words: str
    takes: Takes
    test: Callable[[Any], Test]


def _key(value: object) -> tuple[bool, object]:
    """`True == 1` in Python and not in JSON."""
    return (isinstance(value, bool), value)


def _equals(wanted: Any) -> Test:
    if isinstance(wanted, str):
        return lambda found: bool(found == wanted)
    key = _key(wanted)
    return lambda found: _key(found) == key


def _in(wanted: Any) -> Test:
    keys = frozenset(map(_key, wanted))
    texts = frozenset(item for item in wanted if isinstance(item, str))

    def test(found: Any) -> bool:
        if isinstance(found, str):
            return found in texts
        if isinstance(found, list):
            return any(_key(item) in keys for item in found if not isinstance(item, list | dict))
        return not isinstance(found, dict) and _key(found) in keys

    return test


def _contains(wanted: Any) -> Test:
    if isinstance(wanted, str):
        return lambda found: isinstance(found, str | list) and wanted in found
    key = _key(wanted)
    return lambda found: isinstance(found, list) and any(_key(item) == key for item in found)


def _starts_with(wanted: Any) -> Test:
    return lambda found: isinstance(found, str) and found.startswith(wanted)


def _compares(compare: Callable[[Any, Any], bool]) -> Callable[[Any], Test]:
    def make(wanted: Any) -> Test:
        if isinstance(wanted, str):
            return lambda found: isinstance(found, str) and compare(found, wanted)
        return lambda found: isinstance(found, int | float) and not isinstance(found, bool) and compare(found, wanted)

    return make


def _not(make: Callable[[Any], Test]) -> Callable[[Any], Test]:
    def negated(wanted: Any) -> Test:
        test = make(wanted)
        return lambda found: not test(found)

    return negated


def _is_empty(_: Any) -> Test:
    return lambda found: found in _EMPTY


OPERATORS: dict[str, Operator] = {
    "equals": Operator("is", "scalar", _equals),
    "not_equals": Operator("is not", "scalar", _not(_equals)),
    "in": Operator("is one of", "list", _in),
    "not_in": Operator("is none of", "list", _not(_in)),
    "contains": Operator("contains", "scalar", _contains),
    "not_contains": Operator("does not contain", "scalar", _not(_contains)),
    "starts_with": Operator("starts with", "text", _starts_with),
    "greater": Operator("is greater than", "measure", _compares(operator.gt)),
    "less": Operator("is less than", "measure", _compares(operator.lt)),
    "is_set": Operator("is set", "nothing", _not(_is_empty)),
    "is_empty": Operator("is empty", "nothing", _is_empty),
}
