"""The journal's hot path: prepared statements, by hand, for SQLite and for PostgreSQL.

A database step costs its own writes and this: one row inserted, one row updated, one commit. Through the ORM the
journal would cost more than the disk does. `ended`, `lease_until` and `retry_at` of a run are given as timedeltas from
now, by the database's clock, None for none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Model

from domains.base import database
from domains.orchestration.models import Run, Step
from domains.orchestration.states import CLAIMED

RUN, STEP = Run._meta.db_table, Step._meta.db_table
JSON = {"plan", "args", "context", "result", "error", "delta"}
FROM_NOW = {"ended", "lease_until", "retry_at"}
STATES = ", ".join(f"'{state}'" for state in CLAIMED)
OURS = f"id = {{0}} AND epoch = {{0}} AND cursor = {{0}} AND state IN ({STATES})"


def advance(
    where: tuple[int, int, int], changes: Mapping[str, Any], step: Mapping[str, Any] | None = None
) -> bool | None:
    """Change the run of that (number, epoch, cursor) and write the step's row, inside a transaction.

    Whether somebody has asked to cancel the run. None when the run is no longer as `where` says: the caller must then
    undo the transaction.
    """
    if database.vendor() == "postgresql":
        row = [*_postgres(step.items())] if step else []
        sql = _advance_on_postgres(tuple(changes), tuple(step or ()))
        found = database.prepared(sql, [*row, *_postgres(changes.items()), *where])
    else:
        found = database.prepared(_update(tuple(changes)), [*_sqlite(_moments(changes)), *where])
        if found and step:
            put_step(step)
    return bool(found[0]) if found else None


def put_step(step: Mapping[str, Any]) -> None:
    """Write the step's row, over the one of its attempt before."""
    if database.vendor() == "postgresql":
        database.prepared(_upsert(tuple(step), "%s"), [*_postgres(step.items())])
    else:
        database.prepared(_upsert(tuple(step), "?"), [*_sqlite(step.items())])


def insert_run(run: Run, lease: timedelta | None) -> None:
    """Insert the run, leased for that long from now by the database's clock; it gets its number."""
    columns = _columns(Run)
    values = {column: getattr(run, column) for column in columns} | {"lease_until": lease}
    if database.vendor() == "postgresql":
        found = database.prepared(_insert_on_postgres(columns), [*_postgres(values.items())])
    else:
        found = database.prepared(_insert(RUN, columns, "?") + " RETURNING id", [*_sqlite(_moments(values))])
    run.pk, run._state.adding, run._state.db = found[0] if found else None, False, database.alias()


def _sqlite(values: Iterable[tuple[str, Any]]) -> Iterable[Any]:
    for name, value in values:
        if name in JSON:
            yield _json(value)
        elif type(value) is datetime:
            yield value.replace(tzinfo=None).isoformat(" ")
        else:
            yield value.hex if type(value) is UUID else value


def _postgres(values: Iterable[tuple[str, Any]]) -> Iterable[Any]:
    for name, value in values:
        yield _json(value) if name in JSON else value


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value) if value else _EMPTY.get(type(value)) or json.dumps(value)


_EMPTY = {dict: "{}", list: "[]"}


def _moments(changes: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in changes.items():
        yield name, datetime.now(UTC) + value if type(value) is timedelta else value


@lru_cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.column for field in model._meta.concrete_fields if not field.primary_key)


@lru_cache
def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(mark for _ in columns)})"  # noqa: S608


@lru_cache
def _insert_on_postgres(columns: Sequence[str]) -> str:
    leased = ["statement_timestamp() + %s::interval" if column == "lease_until" else "%s" for column in columns]
    return f"INSERT INTO {RUN} ({', '.join(columns)}) VALUES ({', '.join(leased)}) RETURNING id"  # noqa: S608


@lru_cache
def _upsert(columns: Sequence[str], mark: str) -> str:
    changed = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"{_insert(STEP, columns, mark)} ON CONFLICT (run_id, seq, phase) DO UPDATE SET {changed}"


@lru_cache
def _update(columns: Sequence[str]) -> str:
    changed = ", ".join(f"{column} = ?" for column in columns)
    return f"UPDATE {RUN} SET {changed} WHERE {OURS.format('?')} RETURNING cancel_requested"  # noqa: S608


@lru_cache
def _advance_on_postgres(columns: Sequence[str], step: Sequence[str]) -> str:
    """One statement. It is undone as a whole when its update finds nothing."""
    value = dict.fromkeys(FROM_NOW, "statement_timestamp() + %s::interval")
    changed = ", ".join(f"{column} = {value.get(column, '%s')}" for column in columns)
    update = f"UPDATE {RUN} SET {changed} WHERE {OURS.format('%s')} RETURNING cancel_requested"  # noqa: S608
    return f"WITH journalled AS ({_upsert(step, '%s')}) {update}" if step else update
