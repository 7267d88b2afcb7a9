"""Filter rules: what they let pass, and what is said about a rule that cannot work."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.applications.operators import OPERATORS
from domains.applications.rules import MAX_DEPTH, MAX_PARTS, compile_rule, validate_rule
from domains.applications.words import describe_rule
from domains.base.errors import ValidationFailed

ROW: dict[str, Any] = {
    "name": "Kudos wall",
    "status": "Shipped",
    "applications": ["skyflow", "nexus"],
    "votes": 12,
    "public": True,
    "released": "2026-03-01",
    "notes": "",
    "owners": [],
    "price": None,
    "target": {"start": "2026-12-01", "end": None},
}


def condition(field: str, operator: str, value: object = None) -> dict[str, Any]:
    return {"field": field, "operator": operator} | ({} if value is None else {"value": value})


@pytest.mark.parametrize(
    ("field", "operator", "value", "passes"),
    [
        ("status", "equals", "Shipped", True),
        ("status", "equals", "shipped", False),
        ("votes", "equals", 12, True),
        ("votes", "equals", "12", False),
        ("public", "equals", True, True),
        ("public", "equals", 1, False),
        ("missing", "equals", "x", False),
        ("missing", "not_equals", "x", True),
        ("status", "in", ["Beta", "Shipped"], True),
        ("applications", "in", ["nexus", "other"], True),
        ("applications", "in", ["other"], False),
        ("applications", "not_in", ["other"], True),
        ("missing", "not_in", ["other"], True),
        ("applications", "contains", "skyflow", True),
        ("applications", "contains", "sky", False),
        ("name", "contains", "wall", True),
        ("name", "contains", "Wall", False),
        ("votes", "contains", 1, False),
        ("name", "not_contains", "wall", False),
        ("name", "starts_with", "Kudos", True),
        ("applications", "starts_with", "sky", False),
        ("votes", "greater", 11.5, True),
        ("votes", "greater", 12, False),
        ("votes", "less", "2", False),
        ("public", "greater", 0, False),
        ("released", "less", "2026-03-02", True),
        ("missing", "less", 5, False),
        ("notes", "is_empty", None, True),
        ("owners", "is_empty", None, True),
        ("price", "is_empty", None, True),
        ("missing", "is_empty", None, True),
        ("votes", "is_empty", None, False),
        ("votes", "is_set", None, True),
        ("missing", "is_set", None, False),
        ("target.start", "less", "2027", True),
        ("target.end", "is_empty", None, True),
        ("status.start", "is_empty", None, True),
    ],
)
def test_an_operator_lets_pass_what_its_name_says(field: str, operator: str, value: object, passes: bool) -> None:
    rule = condition(field, operator, value)
    assert validate_rule(rule, at="feature") == []
    assert compile_rule(rule)(ROW) is passes


def test_no_rule_lets_everything_pass() -> None:
    assert compile_rule(None)({}) is True
    assert compile_rule({})(ROW) is True


def test_and_needs_all_and_or_needs_one() -> None:
    yes, no = condition("votes", "greater", 1), condition("votes", "less", 1)
    assert not compile_rule({"and": [yes, no]})(ROW)
    assert compile_rule({"or": [no, yes]})(ROW)
    assert compile_rule({"and": [yes, {"or": [no, no, yes]}, yes]})(ROW)
    assert not compile_rule({"or": [no, {"and": [yes, yes, no]}, no]})(ROW)


def test_a_function_decides_by_its_name() -> None:
    functions = {"trace.popular": lambda row: row["votes"] > 10}
    rule = {"and": [{"function": "trace.popular"}, condition("status", "equals", "Shipped")]}
    assert validate_rule(rule, at="feature", functions=functions) == []
    assert compile_rule(rule, functions)(ROW)
    assert not compile_rule(rule, functions)(ROW | {"votes": 3})


def test_a_function_that_is_not_installed_stops_rather_than_lets_everything_pass() -> None:
    with pytest.raises(ValidationFailed, match=r"trace\.gone"):
        compile_rule({"or": [condition("votes", "is_set"), {"function": "trace.gone"}]})


@pytest.mark.parametrize(
    ("rule", "path", "says"),
    [
        ("status", "feature", "must be an object, not a text"),
        ([], "feature", "must be an object, not a list"),
        (None, "feature", "must be an object, not nothing"),
        ({}, "feature", "exactly one of field, function, and, or"),
        ({"and": [], "or": []}, "feature", "it has and and or"),
        ({"and": []}, "feature.and", "one or more rules"),
        ({"and": {}}, "feature.and", "one or more rules"),
        ({"and": [condition("a", "is_set"), {"field": "a"}]}, "feature.and[1].operator", "is missing"),
        (condition("a", "like", "x"), "feature.operator", "there is no operator 'like'; use one of equals"),
        ({"field": "a", "operator": ["equals"], "value": 1}, "feature.operator", "there is no operator"),
        (condition("", "is_set"), "feature.field", "must be the name of a field"),
        ({"field": 3, "operator": "is_set"}, "feature.field", "must be the name of a field"),
        (condition("a" * 101, "is_set"), "feature.field", "at most 100 characters"),
        (condition("a", "equals"), "feature.value", "is missing"),
        (condition("a", "equals", ""), "feature.value", "is_empty"),
        (condition("a", "equals", ["x"]), "feature.value", "not a list"),
        (condition("a", "equals", {"x": 1}), "feature.value", "not an object"),
        (condition("a", "equals", "x" * 501), "feature.value", "at most 500 characters, this has 501"),
        (condition("a", "equals", "\x00"), "feature.value", "cannot be stored"),
        (condition("a", "equals", "\ud800"), "feature.value", "cannot be stored"),
        (condition("a", "equals", float("nan")), "feature.value", "too large"),
        (condition("a", "less", 10**400), "feature.value", "too large"),
        (condition("a", "greater", True), "feature.value", "a number or a text"),
        (condition("a", "starts_with", 3), "feature.value", "must be a text, not a number"),
        (condition("a", "in", "x"), "feature.value", "must be a list"),
        (condition("a", "in", []), "feature.value", "one or more values"),
        (condition("a", "in", ["x", ["y"]]), "feature.value", "item 2: must be a text"),
        (condition("a", "in", ["x"] * 201), "feature.value", "at most 200"),
        (condition("a", "is_set", "x"), "feature.value", "takes no value"),
        (condition("a", "is_set") | {"valeu": 1}, "feature", "unknown key 'valeu'"),
        ({"function": "trace.gone"}, "feature.function", "no function 'trace.gone' is registered"),
        ({"function": ["x"]}, "feature.function", "is registered (registered: trace.popular)"),
    ],
)
def test_a_fault_is_named_with_its_path(rule: object, path: str, says: str) -> None:
    faults = validate_rule(rule, at="feature", functions={"trace.popular"})
    assert [fault.path for fault in faults] == [path]
    assert says in faults[0].message
    assert str(faults[0]).startswith(f"{path}: ")


def test_every_fault_is_named_at_once() -> None:
    rule = {"or": [condition("", "like"), {"and": [condition("a", "in", 3), 7]}]}
    assert [fault.path for fault in validate_rule(rule, at="tier")] == [
        "tier.or[0].field",
        "tier.or[0].operator",
        "tier.or[1].and[0].value",
        "tier.or[1].and[1]",
    ]


def test_depth_is_bounded() -> None:
    rule: dict[str, Any] = condition("a", "is_set")
    for _ in range(MAX_DEPTH - 1):
        rule = {"and": [rule]}
    assert validate_rule(rule, at="tag") == []
    assert "nested at most" in validate_rule({"or": [rule]}, at="tag")[0].message


def test_size_is_bounded_and_said_once() -> None:
    parts = [condition("a", "is_set")] * (MAX_PARTS - 1)
    assert validate_rule({"or": parts}, at="tag") == []
    too_many = {"or": [*parts, {"and": parts}, *parts]}
    assert ["at most 100 parts" in fault.message for fault in validate_rule(too_many, at="tag")] == [True]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, "No condition"),
        (
            {"and": [condition("applications", "contains", "skyflow"), condition("status", "not_equals", "Draft")]},
            "Applications contains skyflow and Status is not Draft",
        ),
        (
            {
                "and": [
                    condition("release_date", "is_set"),
                    {"or": [condition("a", "in", ["x", 2]), {"function": "t.f"}]},
                ]
            },
            "Release date is set and (A is one of x, 2 or the function t.f says yes)",
        ),
        (
            {"or": [condition("public", "equals", True), {"and": [condition("n", "less", 3)]}]},
            "Public is true or N is less than 3",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(rule: dict[str, Any] | None, words: str) -> None:
    assert describe_rule(rule) == words


SCALARS = st.one_of(
    st.sampled_from(["a", "ab", "b", "1"]), st.integers(-2, 2), st.booleans(), st.sampled_from([0.5, 1.0])
)
FIELDS = st.sampled_from(["x", "y", "z", "z.x"])
ROWS = st.dictionaries(
    st.sampled_from(["x", "y", "z"]),
    st.one_of(
        SCALARS,
        st.none(),
        st.just(""),
        st.lists(st.one_of(SCALARS, st.lists(SCALARS, max_size=1)), max_size=3),
        st.just({}),
        st.dictionaries(st.just("x"), SCALARS),
    ),
)


def values(takes: str) -> st.SearchStrategy[Any]:
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "scalar": SCALARS,
        "text": st.sampled_from(["a", "ab"]),
        "measure": st.one_of(st.integers(-2, 2), st.sampled_from(["a", "b"])),
        "list": st.lists(SCALARS, min_size=1, max_size=3),
        "nothing": st.none(),
    }
    return kinds[takes]


CONDITIONS = st.sampled_from(sorted(OPERATORS)).flatmap(
    lambda name: st.builds(condition, FIELDS, st.just(name), values(OPERATORS[name].takes))
)
RULES = st.recursive(
    CONDITIONS,
    lambda inner: st.dictionaries(
        st.sampled_from(["and", "or"]), st.lists(inner, min_size=1, max_size=4), min_size=1, max_size=1
    ),
    max_leaves=12,
)


def same(a: object, b: object) -> bool:
    """Equality of JSON: true is not 1, and 1 is 1.0."""
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    return json.dumps(a) == json.dumps(b) if isinstance(a, str | list) else a == b


def value_in(row: dict[str, Any], field: str) -> Any:
    """The value at the end of a dotted name."""
    found: Any = row
    for name in field.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def naive(rule: dict[str, Any], row: dict[str, Any]) -> bool:
    """The rule read word for word, with no regard to speed."""
    if "and" in rule:
        return [naive(part, row) for part in rule["and"]].count(False) == 0
    if "or" in rule:
        return [naive(part, row) for part in rule["or"]].count(True) > 0
    found, name = value_in(row, rule["field"]), rule["operator"]
    value: Any = rule.get("value")
    negated = {"not_equals": "equals", "not_in": "in", "not_contains": "contains", "is_set": "is_empty"}
    if name in negated:
        return not naive(rule | {"operator": negated[name]}, row)
    answers: dict[str, Callable[[], Any]] = {
        "equals": lambda: same(found, value),
        "in": lambda: any(same(one, item) for one in (found if isinstance(found, list) else [found]) for item in value),
        "contains": lambda: (
            str(value) in found
            if isinstance(found, str) and isinstance(value, str)
            else isinstance(found, list) and any(same(item, value) for item in found)
        ),
        "starts_with": lambda: isinstance(found, str) and found[: len(value)] == value,
        "greater": lambda: comparable(found, value) and found > value,
        "less": lambda: comparable(found, value) and found < value,
        "is_empty": lambda: found is None or found == "" or found == [] or found == {},
    }
    return bool(answers[name]())


def comparable(a: object, b: object) -> bool:
    return isinstance(a, str) == isinstance(b, str) and not isinstance(a, bool | list | dict | None)


@given(RULES, st.lists(ROWS, max_size=6))
def test_a_compiled_rule_agrees_with_reading_it_word_for_word(rule: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    assert validate_rule(rule, at="feature") == []
    passes = compile_rule(rule)
    assert [passes(row) for row in rows] == [naive(rule, row) for row in rows]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner),
        st.dictionaries(st.one_of(st.sampled_from(["and", "or", "field", "operator", "value"]), st.text()), inner),
    ),
)


@given(JSON)
def test_whatever_is_found_valid_compiles_and_whatever_is_not_gets_a_path(rule: Any) -> None:
    faults = validate_rule(rule, at="feature")
    assert all(fault.path.startswith("feature") and fault.message for fault in faults)
    if not faults:
        assert isinstance(compile_rule(rule)({"a": 1}), bool)
