"""What drill programs change, so that it can be counted afterwards: rows of a table, effects of a service on loopback.

The table of effects is written by the steps themselves, in their transactions. A second one, the witness, is written by
triggers of the database whenever a journal row becomes done or failed, whoever writes it and by whatever statement.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from domains.base.database import atomic_write, connection

EFFECTS, WITNESS = "faults_effect", "faults_witness"
TABLES = {
    EFFECTS: "run VARCHAR(36), seq INTEGER, phase VARCHAR(4), epoch INTEGER, name VARCHAR(50)",
    WITNESS: "run BIGINT, seq INTEGER, phase VARCHAR(4), epoch INTEGER, state VARCHAR(8)",
}
NOTE = f"""INSERT INTO {WITNESS} (run, seq, phase, epoch, state) SELECT NEW.run_id, NEW.seq, NEW.phase,
    (SELECT epoch FROM orchestration_run WHERE id = NEW.run_id), NEW.state"""  # noqa: S608 - constants only
OVER = "NEW.state IN ('done', 'failed')"
EVENTS = {"insert": OVER, "update": f"{OVER} AND OLD.state <> NEW.state"}
SQLITE = [
    f"CREATE TRIGGER faults_{event} AFTER {event} ON orchestration_step WHEN {holds} BEGIN {NOTE}; END"
    for event, holds in EVENTS.items()
]
POSTGRES = [
    f"CREATE FUNCTION faults_note() RETURNS trigger AS $$ BEGIN {NOTE}; RETURN NULL; END $$ LANGUAGE plpgsql",
    *(
        f"""CREATE TRIGGER faults_{event} AFTER {event} ON orchestration_step
            FOR EACH ROW WHEN ({holds}) EXECUTE FUNCTION faults_note()"""
        for event, holds in EVENTS.items()
    ),
]


class Effect(NamedTuple):
    """One row: which step or rollback of which run wrote it, in which claim."""

    run: str
    seq: int
    phase: str
    epoch: int
    name: str


class Noted(NamedTuple):
    """One row of the witness: a journal row that became done or failed."""

    run: int
    seq: int
    phase: str
    epoch: int
    state: str


@dataclass(frozen=True, slots=True)
class World:
    """Where this process finds the service (a port of loopback) and the folder of notes that no rollback undoes.

    `wrapped` says that a test has a transaction around everything, so that no step is ever outside of one.
    """

    folder: str
    port: int
    wrapped: bool = False

    def count(self, what: str) -> int:
        """How often `what` was counted before, by any process."""
        file = os.open(Path(self.folder) / what, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        try:
            before = os.fstat(file).st_size
            os.write(file, b"x")
        finally:
            os.close(file)
        return before


_here: list[World] = []


def enter(world: World) -> None:
    """Steps of this process belong to that world from now on."""
    _here[:] = [world]


def here() -> World:
    """The world that was entered last."""
    return _here[-1]


def make_tables() -> None:
    """Create both tables and the triggers."""
    postgres = connection().vendor == "postgresql"
    number = "BIGSERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT"
    drop_tables()
    with atomic_write(), connection().cursor() as cursor:
        for table, columns in TABLES.items():
            cursor.execute(f"CREATE TABLE {table} (id {number}, {columns})")
        for statement in POSTGRES if postgres else SQLITE:
            cursor.execute(statement)


def drop_tables() -> None:
    """Undo `make_tables`, as far as there is something."""
    with atomic_write(), connection().cursor() as cursor:
        postgres = connection().vendor == "postgresql"
        for event in EVENTS:
            cursor.execute(f"DROP TRIGGER IF EXISTS faults_{event}{' ON orchestration_step' if postgres else ''}")
        if postgres:
            cursor.execute("DROP FUNCTION IF EXISTS faults_note()")
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def clear_tables() -> None:
    """Forget every effect."""
    with atomic_write(), connection().cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant


def add_effect(effect: Effect) -> None:
    """One row, in the transaction that is open."""
    insert = f"INSERT INTO {EFFECTS} (run, seq, phase, epoch, name) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608 - a constant
    with connection().cursor() as cursor:
        cursor.execute(insert, effect)


def effects() -> list[Effect]:
    """Every effect, oldest first."""
    with connection().cursor() as cursor:
        cursor.execute(f"SELECT run, seq, phase, epoch, name FROM {EFFECTS} ORDER BY id")  # noqa: S608 - a constant
        return [Effect(*row) for row in cursor.fetchall()]


def noted() -> list[Noted]:
    """What the witness saw, oldest first."""
    with connection().cursor() as cursor:
        cursor.execute(f"SELECT run, seq, phase, epoch, state FROM {WITNESS} ORDER BY id")  # noqa: S608 - a constant
        return [Noted(*row) for row in cursor.fetchall()]
