"""A run of one transaction that loses against another one is done again as a whole, by fresh instances."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import OperationalError, connection

from domains.base import database
from domains.base.database import after_commit, atomic_write
from domains.orchestration import inline
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import AlreadyExecuted, Contended
from domains.orchestration.journal import AtomicJournal
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.retries import Retry
from tests.domains.orchestration.drill import effects, leave

pytestmark = pytest.mark.django_db(transaction=True)
COMMITTED: list[str] = []
SEEN: list[Any] = []
LOSES: list[tuple[str, str]] = []
MEETING: list[Barrier] = []


class Refusal(Exception):
    """What the driver says."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing has been lost yet, and pauses are short."""
    monkeypatch.setattr(inline, "AGAIN", Retry(attempts=4, first_s=0.01, jitter=0.5))
    for noted in (COMMITTED, SEEN, LOSES, MEETING):
        noted.clear()
    yield


def lose(where: str) -> None:
    """As if another transaction had won, if that is to happen there."""
    if LOSES and LOSES[0][0] == where:
        raise OperationalError("lost") from Refusal(LOSES.pop(0)[1])


def write(orchestrator: MainOrchestrator, name: str) -> None:
    """Write, log and set, then perhaps lose."""
    leave(name, "")
    after_commit(lambda: COMMITTED.append(name))
    orchestrator.log(f"writing {name}")
    SEEN.append(orchestrator.get_context_value("result"))
    orchestrator.set_context_value("result", {"by": name})
    lose(name)


@context_manager()
def unwrite(orchestrator: MainOrchestrator, name: str) -> None:
    """Undo, then perhaps lose."""
    leave(f"-{name}", "")
    lose(f"-{name}")


def fail(orchestrator: MainOrchestrator) -> None:
    """Fail."""
    raise ZeroDivisionError


def nest(orchestrator: MainOrchestrator) -> None:
    """Have another run carried out inside of this step."""
    leave("outer", "")
    staged().execute()


def staged(*, failing: bool = False) -> MainOrchestrator:
    """Two steps that write, perhaps one that fails."""
    main: MainOrchestrator = OrchestratorRegistry.get("drill").orchestrator
    for name in "ab":
        main.add_step(write, rollback=unwrite, kwargs={"name": name})
    if failing:
        main.add_step(fail)
    return main


@pytest.mark.parametrize("code", ["40P01", "40001"], ids=["deadlock", "serialization failure"])
def test_it_is_done_again_as_a_whole_and_leaves_one_trace(code: str) -> None:
    LOSES.extend([("b", code)] * 3)
    main = staged()
    assert main.execute() == {"by": "b"}
    run = Run.objects.get()
    assert (run.state, run.uuid, run.result, run.context) == ("success", main.run_uuid, {"by": "b"}, main.values.stored)
    assert (effects(), COMMITTED) == (["a", "b"], ["a", "b"])
    assert list(Step.objects.order_by("seq").values_list("seq", "state", "attempt")) == [(0, "done", 1), (1, "done", 1)]
    assert [line.line for line in RunLog.objects.order_by("id")] == ["writing a", "writing b"]
    assert SEEN == [None, {"by": "a"}] * 4, "each time began with the context as it was staged"
    with pytest.raises(AlreadyExecuted):
        main.execute()


def test_a_loss_on_the_way_back_repeats_the_whole_too() -> None:
    LOSES.append(("-b", "40P01"))
    with pytest.raises(ZeroDivisionError):
        staged(failing=True).execute()
    run = Run.objects.get()
    assert (run.state, effects(), LOSES) == ("rolled_back", ["a", "b", "-b", "-a"], [])


@pytest.mark.parametrize("where", ["save", "commit"])
def test_a_loss_at_the_end_repeats_the_whole_too(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    LOSES.append((where, "40001"))
    at: Any = AtomicJournal if where == "save" else database.connection()
    name = "save" if where == "save" else "_commit"
    real: Callable[..., None] = getattr(at, name)

    def losing(*args: Any) -> None:
        lose(where)
        real(*args)

    main = staged()
    monkeypatch.setattr(at, name, losing)
    main.execute()
    assert (Run.objects.get().state, effects(), LOSES) == ("success", ["a", "b"], [])


def test_whoever_always_loses_is_told_in_plain_words_and_the_run_stays_visible() -> None:
    LOSES.extend([("b", "40P01")] * 99)
    with pytest.raises(Contended, match="Try again") as refused:
        staged().execute()
    assert (refused.value.status, refused.value.retryable) == (409, True)
    assert len(LOSES) == 99 - inline.AGAIN.attempts
    run = Run.objects.get()
    assert (run.state, effects(), COMMITTED) == ("rolled_back", [], [])
    assert run.error == {"code": "contended", "message": refused.value.message, "retryable": True}


def test_inside_a_transaction_of_its_caller_nothing_is_repeated_and_the_caller_is_told() -> None:
    LOSES.extend([("b", "40P01")] * 2)
    with atomic_write():
        leave("callers", "")
        with pytest.raises(Contended, match="only the caller can repeat"):
            staged().execute()
    assert len(LOSES) == 1
    assert (effects(), Run.objects.get().state) == (["callers"], "rolled_back")


@pytest.mark.parametrize("durable", [False, True])
def test_a_step_whose_own_run_has_lost_is_done_again_with_it(durable: bool) -> None:
    LOSES.extend([("b", "40P01")] * 2)
    main = OrchestratorRegistry.get("drill").orchestrator
    main.add_step(nest, kind="children" if durable else "db")
    main.execute()
    assert (effects(), LOSES) == (["outer", "a", "b"], [])
    assert list(Run.objects.values_list("state", flat=True)) == ["success"] * 2


def test_any_other_refusal_is_not_repeated() -> None:
    LOSES.extend([("b", "22012")] * 2)
    with pytest.raises(OperationalError):
        staged().execute()
    assert len(LOSES) == 1
    assert (Run.objects.get().state, effects()) == ("rolled_back", ["a", "-a"])


def lock_both(orchestrator: MainOrchestrator, first: int, second: int) -> None:
    """Take two locks; the first time the other run takes them the other way round at the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [first])
        if MEETING:
            MEETING.pop().wait(timeout=20)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [second])
    leave(f"{first}{second}", "")


@pytest.mark.on("postgresql")
def test_of_two_runs_that_block_each_other_both_succeed() -> None:
    MEETING.extend([Barrier(2)] * 2)

    def go(first: int, second: int) -> None:
        main = OrchestratorRegistry.get("drill").orchestrator
        main.add_step(lock_both, kwargs={"first": first, "second": second})
        try:
            main.execute()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        works = [pool.submit(go, 1, 2), pool.submit(go, 2, 1)]
        for work in works:
            work.result(timeout=60)
    assert sorted(effects()) == ["12", "21"]
    assert list(Run.objects.values_list("state", flat=True)) == ["success"] * 2
