"""The journal's hot path: prepared statements, by hand, for SQLite and for PostgreSQL.

A database step costs its own writes and this: one row inserted, one row updated, one commit. Through the ORM the
journal would cost more than the disk does. `ended`, `lease_until` and `retry_at` of a run are given as timedeltas from
now, by the database's clock, None for none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Model

from domains.base import database
from domains.orchestration.models import Run, Step
from domains.orchestration.states import CLAIMED

RUN, STEP = Run._meta.db_table, Step._meta.db_table
FROM_NOW = {"ended", "lease_until", "retry_at"}
STATES = ", ".join(f"'{state}'" for state in CLAIMED)
Conversions = tuple[tuple[int, Callable[[Any], str]], ...]
OURS = f"id = {{0}} AND epoch = {{0}} AND cursor = {{0}} AND state IN ({STATES})"


def advance(
    where: tuple[int, int, int],
    changes: Mapping[str, Any],
    step: Mapping[str, Any] | None = None,
    *,
    unless_cancelled: bool = False,
) -> bool | None:
    """Change the run of that (number, epoch, cursor) and write the step's row, inside a transaction.

    Whether somebody has asked to cancel the run. None when the run is no longer as `where` says, or is to be cancelled
    although it must not be: the step's row may be written then all the same, the run is unchanged.
    """
    names, ours = tuple(changes), OURS + (" AND NOT cancel_requested" if unless_cancelled else "")
    if database.vendor() == "sqlite":
        found = database.prepared(_update(names, ours), [*_sqlite(names, changes), *where])
        if found and step:
            put_step(step)
    elif step:
        columns = tuple(step)
        sql = _advance_on_postgres(names, columns, ours)
        found = database.prepared(sql, [*_postgres(columns, step), *_postgres(names, changes), *where])
    else:
        found = database.prepared(_advance_on_postgres(names, (), ours), [*_postgres(names, changes), *where])
    return bool(found[0]) if found else None


def put_step(step: Mapping[str, Any]) -> None:
    """Write the step's row, over the one of its attempt before."""
    columns = tuple(step)
    if database.vendor() == "sqlite":
        database.prepared(_upsert(columns, "?"), _sqlite(columns, step))
    else:
        database.prepared(_upsert(columns, "%s"), _postgres(columns, step))


def insert_steps(rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, which have the same columns, by one statement."""
    columns = tuple(rows[0])
    if database.vendor() == "sqlite":
        mark, converted = "?", [_sqlite(columns, row) for row in rows]
    else:
        mark, converted = "%s", [_postgres(columns, row) for row in rows]
    database.prepared(_insert(STEP, columns, mark, len(rows)), [value for row in converted for value in row])


def insert_run(run: Run, lease: timedelta | None) -> None:
    """Insert the run, leased for that long from now by the database's clock; it gets its number."""
    columns, state = _columns(Run), run.__dict__
    values = {column: state[column] for column in columns} | {"lease_until": lease}
    if database.vendor() == "sqlite":
        found = database.prepared(_insert(RUN, columns, "?") + " RETURNING id", _sqlite(columns, values))
    else:
        found = database.prepared(_insert_on_postgres(columns), _postgres(columns, values))
    run.pk, run._state.adding, run._state.db = found[0] if found else None, False, database.alias()


def _sqlite(columns: tuple[str, ...], values: Mapping[str, Any]) -> list[Any]:
    return _converted(values, _conversions(columns, "sqlite"))


def _postgres(columns: tuple[str, ...], values: Mapping[str, Any]) -> list[Any]:
    return _converted(values, _conversions(columns, "postgresql"))


def _converted(values: Mapping[str, Any], conversions: Conversions) -> list[Any]:
    parameters = list(values.values())
    for place, convert in conversions:
        if parameters[place] is not None:
            parameters[place] = convert(parameters[place])
    return parameters


def _json(value: Any) -> str:
    return "{}" if value == {} else json.dumps(value)


def _text(moment: datetime | timedelta) -> str:
    at = datetime.now(UTC) + moment if isinstance(moment, timedelta) else moment
    return at.replace(tzinfo=None).isoformat(" ")


def _hex(value: UUID) -> str:
    return value.hex


@lru_cache
def _conversions(columns: tuple[str, ...], vendor: str) -> Conversions:
    """The places of the columns that the driver does not take as they are, and what makes of them what it takes."""
    kinds = {field.column: field.get_internal_type() for model in (Step, Run) for field in model._meta.concrete_fields}
    converts = CONVERTS[vendor]
    return tuple((place, converts[kinds[name]]) for place, name in enumerate(columns) if kinds[name] in converts)


CONVERTS: dict[str, dict[str, Callable[[Any], str]]] = {
    "postgresql": {"JSONField": _json},
    "sqlite": {"JSONField": _json, "DateTimeField": _text, "UUIDField": _hex},
}


@lru_cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(str(field.column) for field in model._meta.concrete_fields if not field.primary_key)


@lru_cache
def _insert(table: str, columns: Sequence[str], mark: str, rows: int = 1) -> str:
    values = f"({', '.join(mark for _ in columns)})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([values] * rows)}"  # noqa: S608


@lru_cache
def _insert_on_postgres(columns: Sequence[str]) -> str:
    leased = ["statement_timestamp() + %s::interval" if column == "lease_until" else "%s" for column in columns]
    return f"INSERT INTO {RUN} ({', '.join(columns)}) VALUES ({', '.join(leased)}) RETURNING id"  # noqa: S608


@lru_cache
def _upsert(columns: Sequence[str], mark: str) -> str:
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"{_insert(STEP, columns, mark)} ON CONFLICT (run_id, seq, phase) DO UPDATE SET {changed}"


@lru_cache
def _update(columns: Sequence[str], ours: str) -> str:
    changed = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {RUN} SET {changed} WHERE {ours.format('?')} RETURNING cancel_requested"  # noqa: S608


@lru_cache
def _advance_on_postgres(columns: Sequence[str], step: Sequence[str], ours: str) -> str:
    """One statement. Where its update finds nothing the step is written all the same, see `advance`."""
    value = dict.fromkeys(FROM_NOW, "statement_timestamp() + %s::interval")
    changed = ", ".join(f"{column} = {value.get(column, '%s')}" for column in columns)
    update = f"UPDATE {RUN} SET {changed} WHERE {ours.format('%s')} RETURNING cancel_requested"  # noqa: S608
    return f"WITH journalled AS ({_upsert(step, '%s')}) {update}" if step else update
