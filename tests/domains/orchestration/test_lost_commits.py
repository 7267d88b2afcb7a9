"""The database goes away around a commit: what was committed is not done again, what was not is not lost."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from domains.orchestration import durable
from domains.orchestration.models import Run, Schedule, Step
from domains.orchestration.schedules import start_due
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects

COMMIT = b"COMMIT\x00"
CLAIM = 1
"""A worker's first commit is that of its claim."""
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.on("postgresql"),
]


class Line:
    """A line to PostgreSQL that breaks at the commit of a given number: before the server has seen it, or after."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server = server
        self.commits = self.broken = 0
        self.break_at: int | None = None
        self.after = True
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def cut(self, number: int, *, after: bool) -> None:
        """Break at that commit from now on, the first being 1."""
        self.commits, self.break_at, self.after = 0, number, after

    def close(self) -> None:
        """Take no more connections."""
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            Thread(target=self._carry, args=[client], daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with closing(client), closing(socket.create_connection(self.server)) as server:
            back = Thread(target=self._back, args=[server, client], daemon=True)
            back.start()
            while data := _received(client):
                if COMMIT in data:
                    self.commits += 1
                    if self.commits == self.break_at:
                        self._break(data, client, server)
                        return
                server.sendall(data)

    def _break(self, data: bytes, client: socket.socket, server: socket.socket) -> None:
        self.broken += 1
        client.shutdown(socket.SHUT_RDWR)
        if self.after:
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        while data := _received(server):
            try:
                client.sendall(data)
            except OSError:
                continue


def _received(source: socket.socket) -> bytes:
    try:
        return source.recv(65536)
    except OSError:
        return b""


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """This process's connection goes through a line that can be cut."""
    monkeypatch.setattr(durable, "TRY_AGAIN_AFTER_S", (0.2,) * 5)
    values = connection.settings_dict
    line = Line((values["HOST"], int(values["PORT"])))
    monkeypatch.setitem(values, "HOST", "127.0.0.1")
    monkeypatch.setitem(values, "PORT", line.port)
    connection.close()
    yield line
    monkeypatch.undo()
    connection.close()
    line.close()


def program(tmp_path: Path) -> list[dict[str, object]]:
    """A database step, an external one, and another database step."""
    return [{"name": "a"}, {"name": "b", "external": True, "file": str(tmp_path / "traces")}, {"name": "c"}]


def queued(steps: list[dict[str, object]]) -> Callable[[Line, int, bool], Run]:
    """Carry them out by a worker whose connection breaks at a commit of theirs, the first being 1."""

    def carried_out(line: Line, number: int, after: bool) -> Run:
        start("drill", "program", program=steps)
        line.cut(CLAIM + number, after=after)
        run_queued()
        return Run.objects.get()

    return carried_out


@pytest.mark.parametrize("after", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_lost_answer_to_a_commit_doubles_nothing_and_fails_nothing(
    line: Line, tmp_path: Path, number: int, after: bool
) -> None:
    run = queued(program(tmp_path))(line, number, after)
    assert line.broken == 1
    assert (run.state, run.cursor, run.error) == ("success", 3, None)
    assert effects() == ["a", "c"]
    assert (tmp_path / "traces").read_text().splitlines() == [f"b {run.uuid}:1"]
    assert [(s.seq, s.state, s.attempt) for s in Step.objects.order_by("seq")] == [(n, "done", 1) for n in range(3)]
    assert run.context["seen"] == ["a", "b", "c"]


@pytest.mark.parametrize("after", [True, False], ids=["committed", "not committed"])
@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 6])
def test_on_the_way_back_too(line: Line, number: int, after: bool) -> None:
    steps: list[dict[str, object]] = [{"name": "a"}, {"name": "b"}, {"name": "c", "does": "refuse"}]
    run = queued(steps)(line, number, after)
    assert line.broken == 1
    assert run.state == "rolled_back"
    assert effects() == ["a", "b", "-b", "-a"]
    assert run.error
    assert run.error["code"] == "validation_failed"


@pytest.mark.parametrize("after", [True, False], ids=["committed", "not committed"])
def test_whoever_waits_for_the_run_learns_its_true_end(line: Line, after: bool) -> None:
    line.cut(2, after=after)
    info = run_now("drill", "program", program=[{"name": "a"}, {"name": "b"}], durable=True)
    assert line.broken == 1
    assert info.state == "success"
    assert effects() == ["a", "b"]


def test_a_database_that_stays_away_leaves_the_run_to_others(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    run = Run.objects.get()
    monkeypatch.setattr(durable, "TRY_AGAIN_AFTER_S", ())
    line.cut(CLAIM + 2, after=False)
    run_queued()
    run.refresh_from_db()
    assert (run.state, run.cursor, run.error) == ("running", 1, None), "it must not be rolled back for that"
    assert effects() == ["a"]


@pytest.mark.parametrize("after", [True, False], ids=["committed", "not committed"])
def test_a_schedule_loses_no_time_and_starts_none_twice(line: Line, after: bool) -> None:
    due = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=1)
    values = {"orchestrator": "drill", "method": "program", "args": {"program": []}}
    Schedule.objects.create(name="often", interval_s=60, overlap="allow", next_run=due, **values)
    line.cut(1, after=after)
    start_due()
    assert line.broken == 1
    assert Run.objects.count() == after
    start_due()
    assert Run.objects.count() == 1
    assert Schedule.objects.get(name="often").last_error == ""


def test_a_run_of_one_transaction_whose_commit_was_not_answered_has_succeeded(line: Line) -> None:
    line.cut(1, after=True)
    info = run_now("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    assert line.broken == 1
    assert (info.state, Run.objects.get().state) == ("success", "success")
    assert effects() == ["a", "b"]


def test_a_run_of_one_transaction_that_was_not_committed_says_so(line: Line) -> None:
    line.cut(1, after=False)
    with pytest.raises(OperationalError):
        run_now("drill", "program", program=[{"name": "a"}])
    assert Run.objects.get().state == "rolled_back"
    assert effects() == []
