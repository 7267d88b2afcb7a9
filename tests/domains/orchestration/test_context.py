"""The context: declared, typed, stored as it is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from domains.orchestration.codec import decode, encode
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import ContextError, StagingError
from domains.orchestration.main import MainOrchestrator

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
