"""The one door to transactions and to the name of the database that the current work belongs to.

Nothing else calls `transaction.atomic`, `using` or `connections[...]`: when each tenant has a database of its own,
only this file learns of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from django.db import Error, InterfaceError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

GOING_DOWN = {"57P01", "57P02", "57P03"}
"""PostgreSQL: stopped by an administrator, stopped by a crash, not yet ready."""
OTHERS_WON = {"40001", "40P01"}
"""PostgreSQL: a serialization failure, a deadlock."""


PART = "vault_part"


def alias() -> str:
    """Name of the database that the current request or run works on."""
    return "default"


def connection() -> BaseDatabaseWrapper:
    """Connection of the current database, for raw statements and health checks."""
    return connections[alias()]


def vendor() -> str:
    """ "sqlite" or "postgresql"."""
    return _vendor(alias())


@lru_cache
def _vendor(name: str) -> str:
    return connections[name].vendor


def atomic_write() -> AbstractContextManager[None]:
    """Everything inside is committed together or not at all. Nests by savepoints. No network call belongs inside."""
    return transaction.atomic(using=alias())


@contextmanager
def undone_alone(*, first: bool) -> Iterator[None]:
    """A part of the open transaction: when it fails, what it has written is undone, and what was before it stays.

    What Django's savepoints do, with half the statements: a part that is not the `first` of its transaction takes the
    place of the one before it.
    """
    wrapper = connections[alias()]
    wrapper.validate_no_broken_transaction()
    hooks = len(wrapper.run_on_commit)
    _plain(wrapper, [f"SAVEPOINT {PART}"] if first else [f"RELEASE SAVEPOINT {PART}", f"SAVEPOINT {PART}"])
    try:
        yield
    except BaseException:
        del wrapper.run_on_commit[hooks:]
        try:
            _plain(wrapper, [f"ROLLBACK TO SAVEPOINT {PART}"])
            wrapper.needs_rollback = False
        except Error:
            wrapper.needs_rollback = True
        raise


def in_transaction() -> bool:
    """Whether a transaction is open on the current database."""
    return connection().in_atomic_block


def after_commit(action: Callable[[], object]) -> None:
    """Call `action` once the open transaction is committed, at once if none is open, never if it rolls back."""
    transaction.on_commit(action, using=alias())


def prepared(sql: str, parameters: Sequence[Any]) -> Sequence[Any] | None:
    """Execute a statement that the database keeps ready, past Django's cursors; its first row, None for none.

    `sql` is in the dialect of the database: its parameters are `?` on SQLite, `%s` on PostgreSQL, and are passed as
    its driver takes them. Raises Django's database errors.
    """
    wrapper = connections[alias()]
    wrapper.ensure_connection()
    wrapper.validate_no_broken_transaction()
    with wrapper.wrap_database_errors:
        if wrapper.vendor == "sqlite":
            rows = wrapper.connection.execute(sql, parameters).fetchall()
            return rows[0] if rows else None
        with psycopg.Cursor(wrapper.connection) as cursor:
            cursor.execute(sql, parameters, prepare=True)
            return cursor.fetchone() if cursor.description else None


def _plain(wrapper: BaseDatabaseWrapper, statements: Sequence[str]) -> None:
    """Statements without parameters, on PostgreSQL in one message."""
    wrapper.ensure_connection()
    with wrapper.wrap_database_errors:
        for statement in statements if wrapper.vendor == "sqlite" else ["; ".join(statements)]:
            wrapper.connection.execute(statement)


def is_lost(error: BaseException) -> bool:
    """Whether the connection broke or the server went away, so that nobody knows whether a commit took place."""
    if not isinstance(error, OperationalError | InterfaceError) or vendor() != "postgresql":
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in GOING_DOWN or state.startswith("08")


def is_contention(error: BaseException) -> bool:
    """Whether others held what was needed, so that nothing was committed and the same may succeed the next time."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return getattr(cause, "sqlstate", None) in OTHERS_WON
