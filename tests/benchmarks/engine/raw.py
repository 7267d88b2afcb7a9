"""The limit of the disk: one small row and one commit at a time, without anything around it."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable

import psycopg

from tests.benchmarks.engine.pace import serve

TEXT = "x" * 200


def on_sqlite(path: str) -> Callable[[], object]:
    """As Vault opens its file with SQLITE_SYNCHRONOUS=FULL."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE raw (id integer PRIMARY KEY, value text)")

    def once() -> None:
        connection.execute("INSERT INTO raw (value) VALUES (?)", (TEXT,))
        connection.commit()

    return once


def on_postgres(url: str) -> Callable[[], object]:
    """As the server is set up."""
    connection = psycopg.connect(url)
    connection.execute("CREATE TABLE raw (id serial PRIMARY KEY, value text)")

    def once() -> None:
        connection.execute("INSERT INTO raw (value) VALUES (%s)", (TEXT,))
        connection.commit()

    return once


if __name__ == "__main__":
    target = sys.argv[1]
    serve(on_postgres(target) if target.startswith("postgres") else on_sqlite(target))
