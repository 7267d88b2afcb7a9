"""The one door to transactions and to the name of the database that the current work belongs to.

Nothing else calls `transaction.atomic`, `using` or `connections[...]`: when each tenant has a database of its own,
only this file learns of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def alias() -> str:
    """Name of the database that the current request or run works on."""
    return "default"


def connection() -> BaseDatabaseWrapper:
    """Connection of the current database, for raw statements and health checks."""
    return connections[alias()]


@contextmanager
def atomic_write() -> Iterator[None]:
    """Everything inside is committed together or not at all. Nests by savepoints. No network call belongs inside."""
    with transaction.atomic(using=alias()):
        yield


def in_transaction() -> bool:
    """Whether a transaction is open on the current database."""
    return connection().in_atomic_block


def after_commit(action: Callable[[], object]) -> None:
    """Call `action` once the open transaction is committed, at once if none is open, never if it rolls back."""
    transaction.on_commit(action, using=alias())
