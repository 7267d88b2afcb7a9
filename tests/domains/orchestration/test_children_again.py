"""Children: a step that may not have started them, ends that nobody must count twice or not at all, turns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domains.base.database import atomic_write
from domains.orchestration import siblings
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.carry_out import carry_out, carry_out_claimed
from domains.orchestration.context import context_manager
from domains.orchestration.lease import owner
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.retries import Retry
from domains.orchestration.service import runs
from domains.orchestration.start import start
from domains.orchestration.steering import cancel_run
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects
from tests.domains.orchestration.family_drill import begin, child_states, family_registered, parent_run


class Killed(BaseException):
    """The end of a worker, as far as the run can tell."""


@context_manager()
def have_one(orchestrator: MainOrchestrator, marker: str) -> None:
    """Start a child; the first time the worker dies before the commit."""
    orchestrator.start_child("drill", "program", program=[{"name": "child"}])
    if not Path(marker).exists():
        Path(marker).touch()
        raise Killed


class TimedOrchestrator(metaclass=BaseOrchestrator):
    """Description: a step with children that has a timeout."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    def parent(self, *, marker: str, timeout_s: float) -> None:
        """Description: one step with a child.

        Input: the file that says that the worker has died, and the step's timeout.
        Output: nothing.
        """
        retry = Retry(attempts=2, first_s=0.01)
        self.orchestrator.add_step(
            have_one, kind="children", kwargs={"marker": marker}, timeout_s=timeout_s, retry=retry
        )


@pytest.fixture(autouse=True)
def timed() -> Iterator[None]:
    """Register the orchestrator beside the drill."""
    OrchestratorRegistry.register("timed", f"{__name__}.TimedOrchestrator")
    with family_registered():
        yield
    OrchestratorRegistry.unregister("timed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("age_s", [0, 3600], ids=["in time", "overdue"])
def test_a_step_that_was_noted_but_has_started_no_children_is_called_again(tmp_path: Path, age_s: int) -> None:
    start("timed", "parent", marker=str(tmp_path / "died"), timeout_s=60)
    with pytest.raises(Killed):
        carry_out(Run.objects.get().pk)
    Step.objects.update(started=timezone.now() - timedelta(seconds=age_s))
    Run.objects.update(state="queued", lease_until=None)
    run_queued()
    assert effects() == ["child"]
    assert [run.state for run in Run.objects.all()] == ["success", "success"]


def end_while_the_parent_counts(child: Run, held: Event) -> None:
    """End the child with its family held, as soon as somebody waits for that."""
    try:
        with atomic_write(), connection.cursor() as cursor:
            siblings.hold(child)
            held.set()
            blocked = 0
            while not blocked:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                (blocked,) = cursor.fetchone() or (0,)
            Run.objects.filter(pk=child.pk).update(state="rolled_back", ended=timezone.now())
            siblings.settle(child)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.on("postgresql")
def test_a_child_that_ends_while_its_parent_counts_is_not_waited_for_again(tmp_path: Path) -> None:
    (tmp_path / "died").touch()
    start("timed", "parent", marker=str(tmp_path / "died"), timeout_s=60)
    parent = Run.objects.get()
    carry_out(parent.pk)
    child = Run.objects.get(parent=parent)
    # As after "retry rollback" of a child whose parent has been woken already.
    Run.objects.filter(pk=parent.pk).update(state="queued", pending_children=0, waits_for="")
    parent.refresh_from_db()
    assert runs.claim(parent, owner())
    held = Event()
    other = Thread(target=end_while_the_parent_counts, args=[child, held])
    other.start()
    held.wait()
    carry_out_claimed(parent)
    other.join()
    assert [run.state for run in Run.objects.order_by("id")] == ["rolled_back", "rolled_back"]


@pytest.mark.django_db
def test_a_sibling_that_is_cancelled_before_its_turn_gives_no_turn() -> None:
    begin(children=[[{"name": str(number)}] for number in range(5)], limit=2, collect=True)
    assert child_states() == ["queued"] * 2 + ["turn"] * 3
    cancel_run(Run.objects.latest("id").uuid)
    assert child_states() == ["queued"] * 2 + ["turn"] * 2 + ["cancelled"]
    assert parent_run().pending_children == 4
    cancel_run(Run.objects.filter(state="queued").latest("id").uuid)
    assert child_states() == ["queued", "cancelled", "queued", "turn", "cancelled"]
    run_queued()
    assert parent_run().state == "success"


@pytest.mark.django_db
@pytest.mark.on("sqlite")
def test_whose_turn_is_next_is_found_without_reading_every_sibling() -> None:
    with CaptureQueriesContext(connection) as queries:
        runs.next_turn(1)
        runs.unfinished_children(1)
        runs.last_done_child(1, 0)
    with connection.cursor() as cursor:
        for query in queries.captured_queries:
            plan = str(cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall())
            assert "run_children (parent_id=?" in plan
            assert "turn" not in query["sql"] or "TEMP B-TREE" not in plan, "the order comes from the index"
