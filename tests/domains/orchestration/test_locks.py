"""Others hold what a step needs: it is done again, since nothing of it was committed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection

from domains.base.database import is_contention
from domains.orchestration import durable
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects, leave

pytestmark = pytest.mark.django_db(transaction=True)
on_sqlite = pytest.mark.on("sqlite")
on_postgres = pytest.mark.on("postgresql")


def lose_at_first(orchestrator: MainOrchestrator, times: int, file: str, code: str) -> None:
    """Write, log, and set; then lose against another transaction so many times."""
    leave("loser", "")
    orchestrator.log("trying")
    orchestrator.set_context_value("result", {"tries": "one"})
    with Path(file).open("a+") as calls:
        calls.write("called\n")
        calls.seek(0)
        lost = len(calls.readlines()) <= times
    if lost:
        with connection.cursor() as cursor:
            cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{code}'; END $$")


def queued(**kwargs: Any) -> Run:
    """A run of a step before, and of one that loses."""
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    plan = Run.objects.get().plan
    plan["steps"][1] |= {"forward": f"{__name__}.lose_at_first", "rollback": "", "kwargs": kwargs, "signature": ""}
    Run.objects.update(plan=plan)
    run_queued()
    return Run.objects.get()


@on_postgres
@pytest.mark.parametrize("code", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
def test_a_step_that_loses_against_another_transaction_is_done_again(tmp_path: Path, code: str) -> None:
    run = queued(times=3, file=str(tmp_path / "calls"), code=code)
    assert (run.state, run.result) == ("success", {"tries": "one"})
    assert effects() == ["a", "loser"]
    assert (tmp_path / "calls").read_text().count("called") == 4
    assert Step.objects.get(seq=1).attempt == 1, "it is one attempt: nothing was committed"
    assert run.log_lines.filter(line="trying").count() == 1


@on_postgres
def test_a_step_that_always_loses_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "TRY_AGAIN_AFTER_S", (0.01,) * 5)
    run = queued(times=99, file=str(tmp_path / "calls"), code="40001")
    assert (run.state, effects()) == ("rolled_back", ["a", "-a"])
    assert (tmp_path / "calls").read_text().count("called") == 6


@on_postgres
def test_any_other_refusal_of_the_database_is_a_failure_at_once(tmp_path: Path) -> None:
    run = queued(times=1, file=str(tmp_path / "calls"), code="22012")
    assert run.state == "rolled_back"
    assert (tmp_path / "calls").read_text().count("called") == 1


class Hog:
    """Another process's write transaction: it begins when it is told, and takes its time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun = Event()
        self.thread = Thread(target=self._hold)

    def begin(self) -> None:
        """Take the write lock, and return when it is taken."""
        self.thread.start()
        assert self.begun.wait(10)

    def _hold(self) -> None:
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            self.begun.set()
            sleep(self.seconds)
            other.execute("ROLLBACK")


@on_sqlite
@pytest.mark.parametrize("step", [{"name": "b"}, {"name": "b", "external": True, "file": "/dev/null"}])
def test_a_locked_database_is_waited_for(step: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "TRY_AGAIN_AFTER_S", (0.3,) * 5)
    start("drill", "program", program=[{"name": "a"}, step, {"name": "c"}])
    hog = Hog(0.8)
    connection.ensure_connection()
    connection.connection.execute("PRAGMA busy_timeout=50")
    real = MainOrchestrator.log

    def log_and_lock(self: MainOrchestrator, line: str) -> None:
        """The first step's line is the moment at which the other begins: after this step's commit."""
        real(self, line)
        if line == "acting a":
            from domains.base.database import after_commit

            after_commit(hog.begin)

    monkeypatch.setattr(MainOrchestrator, "log", log_and_lock)
    run_queued()
    hog.thread.join()
    connection.close()
    run = Run.objects.get()
    assert (run.state, run.error) == ("success", None)
    assert effects() == (["a", "b", "c"] if "external" not in step else ["a", "c"])
    assert [(s.seq, s.attempt) for s in Step.objects.order_by("seq")] == [(0, 1), (1, 1), (2, 1)]


@on_sqlite
def test_the_lock_is_waited_for_at_the_beginning_of_a_run_of_one_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "TRY_AGAIN_AFTER_S", (0.3,) * 5)
    hog = Hog(0.8)
    connection.ensure_connection()
    connection.connection.execute("PRAGMA busy_timeout=50")
    hog.begin()
    assert run_now("drill", "program", program=[{"name": "a"}]).state == "success"
    hog.thread.join()
    connection.close()
    assert effects() == ["a"]


def test_an_error_without_a_cause_is_no_contention() -> None:
    assert not is_contention(ValueError())
