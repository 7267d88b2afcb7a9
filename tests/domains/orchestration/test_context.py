"""The context: declared, typed, stored as it is set."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domains.orchestration.codec import decode, encode, is_true
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import ContextError, StagingError
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run
from domains.orchestration.values import RESULT, RunContext

ID = UUID("12345678123456781234567812345678")


def main_with(**schema: Any) -> MainOrchestrator:
    main = MainOrchestrator("drill")
    main.set_context_schema(schema)
    return main


def getter(orchestrator: MainOrchestrator, key: str, **more: Any) -> Any:
    return orchestrator.get_context_value(key)


def setter(orchestrator: MainOrchestrator, key: str, value: Any = 1, **more: Any) -> None:
    orchestrator.set_context_value(key, value)


def declared(
    gets: Mapping[str, Sequence[str]] | Callable[..., Any] | None = None,
    sets: Mapping[str, Sequence[str]] | Callable[..., Any] | None = None,
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    mark = context_manager(get_contexts=gets, set_contexts=sets)
    return mark(getter), mark(setter)


def test_declared_keys_can_be_set_and_read() -> None:
    main = main_with(rows=int)
    get, put = declared(gets={"common": ["rows"]}, sets={"common": ["rows"]})
    assert get(main, "rows") is None
    put(main, "rows", 3)
    assert get(main, "rows") == 3


def test_undeclared_keys_are_refused_by_name() -> None:
    main = main_with(rows=int, other=int)
    get, put = declared(gets={"common": ["rows"]}, sets={"common": ["rows"]})
    with pytest.raises(ContextError, match=r"getter.*'other'"):
        get(main, "other")
    with pytest.raises(ContextError, match=r"setter.*'other'"):
        put(main, "other")


def test_a_key_that_is_only_read_cannot_be_set() -> None:
    _, put = declared(gets={"common": ["rows"]})
    with pytest.raises(ContextError, match="sets"):
        put(main_with(rows=int), "rows")


def test_code_without_a_declaration_can_use_no_key() -> None:
    main = main_with(rows=int)
    with pytest.raises(ContextError):
        main.get_context_value("rows")
    with pytest.raises(ContextError):
        main.set_context_value("rows", 1)


def test_a_conditional_bucket_holds_while_its_value_is_truthy() -> None:
    main = main_with(paid=bool, invoice=int, reminder=int)
    _, put = declared(sets={"common": ["paid"], "paid": ["invoice"], "else": ["reminder"]})
    put(main, "reminder")
    with pytest.raises(ContextError):
        put(main, "invoice")
    put(main, "paid", True)
    put(main, "invoice")
    with pytest.raises(ContextError):
        put(main, "reminder")


def test_a_callable_with_keywords_gets_every_argument() -> None:
    main = main_with(csv=int, json=int)
    _, put = declared(sets=lambda **kwargs: {"common": [kwargs["kind"]]})
    put(main, "csv", kind="csv")
    with pytest.raises(ContextError):
        put(main, "json", kind="csv")


def test_a_callable_with_names_gets_those_arguments_only() -> None:
    main = main_with(csv=int)
    _, put = declared(sets=lambda value: {"common": ["csv"] if value > 1 else []})
    put(main, "csv", 2)
    with pytest.raises(ContextError):
        put(main, "csv", 1)


@context_manager(get_contexts={"common": ["rows"]}, set_contexts={"common": ["total"]})
def child_step(orchestrator: MainOrchestrator) -> None:
    """A step with one key to read and one to set."""


@context_manager(get_contexts={"common": ["rows"]}, sync_with_parent_context=False)
def free_step(orchestrator: MainOrchestrator) -> None:
    """A step that is not held to its parent."""


def staged_by(gets: list[str], sets: list[str], step: Callable[..., None] = child_step) -> MainOrchestrator:
    main = main_with(rows=int, total=int)

    @context_manager(get_contexts={"common": gets}, set_contexts={"common": sets})
    def parent(orchestrator: MainOrchestrator) -> None:
        orchestrator.add_step(step)

    parent(main)
    return main


def test_a_parent_must_declare_what_its_steps_use() -> None:
    assert len(staged_by(["rows"], ["total"]).plan.steps) == 1
    assert len(staged_by([], ["rows", "total"]).plan.steps) == 1
    with pytest.raises(StagingError, match="parent does not declare what child_step uses: get rows"):
        staged_by([], ["total"])
    with pytest.raises(StagingError, match="set total"):
        staged_by(["rows", "total"], [])
    with pytest.raises(StagingError, match="get rows, set total"):
        main_with().add_step(child_step)


def test_a_step_may_opt_out_of_its_parents_declaration() -> None:
    assert len(staged_by([], [], free_step).plan.steps) == 1


def test_the_parents_rule_holds_between_calls_too() -> None:
    @context_manager(set_contexts={"common": ["rows"]})
    def outer(orchestrator: MainOrchestrator) -> None:
        child_step(orchestrator)

    with pytest.raises(StagingError, match="total"):
        outer(main_with(rows=int, total=int))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (int, 3, True),
        (int, 3, "3"),
        (float, 3, "3"),
        (str, "", None),
        (bool, False, 0),
        (list[str], ["a"], {"a": 1}),
        (dict[str, int], {}, []),
        (Decimal, Decimal("1.10"), 1.1),
        (date, date(2026, 11, 21), datetime(2026, 11, 21, tzinfo=UTC)),
        (str | None, None, 1),
    ],
)
def test_values_must_have_the_type_of_the_schema(kind: Any, good: Any, bad: Any) -> None:
    main = main_with(key=kind)
    _, put = declared(sets={"common": ["key"]})
    put(main, "key", good)
    with pytest.raises(ContextError, match="'key'"):
        put(main, "key", bad)


def test_a_key_needs_a_type_and_keeps_it() -> None:
    main = main_with(key=int)
    _, put = declared(sets={"common": ["other"]})
    with pytest.raises(ContextError, match="not in the context schema"):
        put(main, "other")
    main.set_context_schema({"key": int})
    with pytest.raises(ContextError, match="already"):
        main.set_context_schema({"key": str})
    with pytest.raises(ContextError, match="cannot have the type"):
        main.set_context_schema({"file": Path})


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        1.5,
        "text",
        [1, ["a", None]],
        {"a": {"b": [Decimal("0.10")]}},
        date(2026, 11, 21),
        datetime(2026, 11, 21, 12, 30, tzinfo=UTC),
        ID,
    ],
)
def test_what_is_stored_comes_back_the_same(value: Any) -> None:
    assert decode(encode(value, "key")) == value
    assert type(decode(encode(value, "key"))) is type(value)


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", lambda: 1, {1: "a"}, {"$t": 1}, float("nan"), Path(), "a\x00", "\ud800", ["a\x00"]],
)
def test_what_cannot_be_stored_is_refused_by_the_keys_name(value: Any) -> None:
    with pytest.raises(ContextError, match="'key'"):
        encode(value, "key")


def test_a_value_read_is_a_copy() -> None:
    main = main_with(rows=list)
    get, put = declared(gets={"common": ["rows"]}, sets={"common": ["rows"]})
    put(main, "rows", [1])
    get(main, "rows").append(2)
    assert get(main, "rows") == [1]


def test_a_context_has_a_limit() -> None:
    main = main_with(a=str, b=str)
    _, put = declared(sets={"common": ["a", "b"]})
    put(main, "a", "x" * 200_000)
    with pytest.raises(ContextError, match="256 KB"):
        put(main, "b", "x" * 100_000)
    put(main, "a", "")
    put(main, "b", "x" * 100_000)


def test_the_status_is_for_running_steps_only() -> None:
    with pytest.raises(ContextError, match="running steps"):
        main_with().set_context_value("result_status", 200)


def test_a_check_can_be_left_out() -> None:
    main = main_with(rows=int)
    main.set_context_value("other", "text", check_validation=False)
    assert main.get_context_value("other", check_validation=False) == "text"
    with pytest.raises(ContextError):
        main.get_context_value("other")
    with pytest.raises(ContextError, match="'other'"):
        main.set_context_value("other", object(), check_validation=False)


@pytest.mark.parametrize(
    ("value", "truth"),
    [(Decimal("0.00"), False), (Decimal(1), True), ([], False), ([0], True), (date.min, True), ("", 0)],
)
def test_a_bucket_holds_by_the_truth_of_the_value_not_of_its_storage(value: Any, truth: bool) -> None:
    assert is_true(encode(value, "key")) is bool(truth)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [0.1, 1.5, -2.0, 1e15, 1e16, -3e200, 5e-324])
def test_a_float_comes_back_from_the_database_as_the_same_float(value: float) -> None:
    run = Run.objects.create(orchestrator="drill", method="program", plan={}, context={"key": encode(value, "key")})
    run.refresh_from_db()
    back = decode(run.context["key"])
    assert (type(back), back) == (float, value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
).filter(lambda value: storable_value(value))


def storable_value(value: Any) -> bool:
    try:
        encode(value, "key")
    except ContextError:
        return False
    return True


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), VALUES), max_size=4), max_size=4), st.booleans())
def test_undoing_a_step_leaves_the_context_and_its_size_as_they_were(
    steps: list[list[tuple[str, Any]]], all_of_it: bool
) -> None:
    values = RunContext({})
    for number, step in enumerate(steps):
        before = dict(values.stored)
        values.begin()
        for key, value in step:
            values.set(key, value, check=False)
        values.set(RESULT, number, check=False)
        assert values.delta() == {key: encode(value, key) for key, value in step} | {RESULT: number}
        if number % 2:
            values.undo(all_of_it=all_of_it)
            kept = {} if all_of_it else {RESULT: number}
            assert values.stored == before | kept
            assert values.delta() == kept
        assert values._total == sum(len(json.dumps(value)) for value in values.stored.values())
