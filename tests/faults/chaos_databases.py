"""The databases that a chaos run owns, so that it may pull their plug."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psycopg

SERVERS = Path("/usr/lib/postgresql")


class NoDatabase(Exception):
    """The database cannot be had here; the text says why."""


class Database(Protocol):
    """One database, empty at first."""

    url: str
    restarts: bool
    """Whether it can be restarted."""

    def pull(self) -> None:
        """Take it away at once, whoever is connected."""

    def give_back(self) -> None:
        """Start it again."""

    def close(self) -> None:
        """Remove it."""


class SqliteFile:
    """A file of the run's own folder."""

    restarts = False

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'chaos.sqlite3'}"

    def pull(self) -> None:
        """A file has no server."""

    def give_back(self) -> None:
        """A file has no server."""

    def close(self) -> None:
        """It goes with its folder."""


class OwnPostgres:
    """A server of the run's own on a free port, as the user postgres or nobody when this is root."""

    restarts = True

    def __init__(self) -> None:
        self._tools = postgres_tools()
        self._folder = Path(tempfile.mkdtemp(prefix="vault-chaos-pg-"))
        self._user = unprivileged_user()
        if self._user:
            shutil.chown(self._folder, self._user)
        self._data = self._folder / "data"
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        try:
            self._call("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "-D", str(self._data))
            self.give_back()
        except BaseException:
            self.close()
            raise

    def pull(self) -> None:
        """Stop it as a power cut would."""
        self._call("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def give_back(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=60"
        log = str(self._folder / "log")
        self._call("pg_ctl", "-D", str(self._data), "-l", log, "-o", options, "-w", "-t", "60", "start")

    def close(self) -> None:
        """Stop it, and remove its folder."""
        with suppress(NoDatabase):
            self.pull()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _call(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._tools / tool, *arguments],
            user=self._user,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open in the server
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=False,
        )
        if done.returncode:
            raise NoDatabase(f"PostgreSQL's {tool} has failed with {done.returncode}.")


class GivenPostgres:
    """A database of the run's own on a server that belongs to somebody else, so that it stays up."""

    restarts = False

    def __init__(self, url: str) -> None:
        self._server = url
        self._name = f"vault_chaos_{os.getpid()}"
        self.url = f"{url.rpartition('/')[0]}/{self._name}"
        self._execute(f"CREATE DATABASE {self._name}")

    def pull(self) -> None:
        """It is not ours."""

    def give_back(self) -> None:
        """It is not ours."""

    def close(self) -> None:
        """Drop the database."""
        self._execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        try:
            with psycopg.connect(self._server, autocommit=True) as connection:
                connection.execute(statement.encode())
        except psycopg.Error as error:
            raise NoDatabase(f"PostgreSQL cannot be reached there: {error}") from error


def make_database(wanted: str, folder: Path) -> Database:
    """`wanted` is sqlite, postgres or the URL of a database. Raises NoDatabase with a sentence that says why not."""
    if wanted == "sqlite":
        return SqliteFile(folder)
    return OwnPostgres() if wanted == "postgres" else GivenPostgres(wanted)


def postgres_tools() -> Path:
    """The folder of initdb and pg_ctl. Raises NoDatabase."""
    folders = sorted(SERVERS.glob("*/bin"), key=lambda folder: int(folder.parent.name.partition(".")[0]), reverse=True)
    found = shutil.which("pg_ctl")
    for folder in [*folders, *([Path(found).parent] if found else [])]:
        if (folder / "pg_ctl").exists() and (folder / "initdb").exists():
            return folder
    raise NoDatabase(
        "There is no PostgreSQL here that could be started (no initdb and pg_ctl): install it, or name the URL of a"
        " database on a running server with --database; that one is not restarted then."
    )


def unprivileged_user() -> str | None:
    """Whom a server runs as when this is root, since PostgreSQL refuses to be root; None for whoever this is."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def free_port() -> int:
    """A port of loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
