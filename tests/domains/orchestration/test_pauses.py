"""Steps that wait: they end as soon as nobody wants them to go on, and nothing of it is lost."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.db import connection
from django.utils import timezone

from domains.base.errors import UpstreamFailed
from domains.orchestration import orchestrator as steering
from domains.orchestration import stopping
from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.carry_out import carry_out
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import StagingError
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.retries import Retry
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import leave
from tests.domains.orchestration.processes import orm_queue
from tests.domains.orchestration.workers import PATIENCE_S, hired, wait_for

LONG_S = 300.0
"""Far longer than any of these tests may take."""


@context_manager()
def nap(orchestrator: MainOrchestrator, folder: str, seconds: float, back_s: float = 0, fails: bool = False) -> None:
    """Say that it begins, wait, and say that it is over."""
    leave("begun", f"{folder}/traces")
    orchestrator.progress(1, 3, "naps")
    orchestrator.pause(seconds)
    if fails:
        raise UpstreamFailed("It does not go.")
    leave("over", f"{folder}/traces")


@context_manager()
def is_over(orchestrator: MainOrchestrator, folder: str, **kwargs: Any) -> bool:
    """Ask whether it was over after all; it never was."""
    leave("asked", f"{folder}/traces")
    return False


@context_manager()
def nap_back(orchestrator: MainOrchestrator, folder: str, back_s: float = 0, **kwargs: Any) -> None:
    """Wait on the way back."""
    leave("back", f"{folder}/traces")
    orchestrator.pause(back_s)
    leave("undone", f"{folder}/traces")


@context_manager()
def doze(orchestrator: MainOrchestrator) -> None:
    """Wait where nobody may."""
    orchestrator.pause(0)


class NapsOrchestrator(metaclass=BaseOrchestrator):
    """Description: stages steps that wait."""

    startable: ClassVar[Mapping[str, str]] = {"nap": "orchestration.add_run"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager()
    def nap(self, *, folder: str, **options: Any) -> None:
        """Description: stages a step that waits, with a rollback that waits.

        Input: folder, where the traces are left; seconds; back_s; fails; timeout_s; attempts.
        Output: nothing.
        """
        limit, attempts = options.pop("timeout_s", None), options.pop("attempts", 0)
        self.orchestrator.add_step(
            nap,
            rollback=nap_back,
            verify=is_over,
            kind="external",
            kwargs={"folder": folder, **options},
            rollback_self=options.get("fails", False),
            timeout_s=limit,
            retry=Retry(attempts, first_s=0.01) if attempts else None,
        )

    @context_manager()
    def doze(self) -> None:
        """Description: stages a database step that waits.

        Input: nothing.
        Output: nothing.
        """
        self.orchestrator.add_step(doze)


@contextmanager
def naps_registered() -> Iterator[None]:
    """Make "naps" known for a while."""
    OrchestratorRegistry.register("naps", f"{__name__}.NapsOrchestrator")
    try:
        yield
    finally:
        OrchestratorRegistry.unregister("naps")


@pytest.fixture(autouse=True)
def naps() -> Iterator[None]:
    """Register the orchestrator of this file; nobody is asked to stop afterwards."""
    with naps_registered():
        yield
    stopping.withdraw()


@contextmanager
def meanwhile(action: Any, folder: Path, trace: str = "begun") -> Iterator[None]:
    """Do that in another thread, once the body has left that trace."""

    def act() -> None:
        try:
            wait_for(lambda: trace in traces(folder), f"“{trace}”")
            action()
        finally:
            connection.close()

    thread = Thread(target=act)
    thread.start()
    yield
    thread.join()


def traces(folder: Path) -> list[str]:
    """What the steps have left."""
    file = folder / "traces"
    return file.read_text().split() if file.exists() else []


def napping(folder: Path, seconds: float = LONG_S, **options: Any) -> Run:
    """A queued run that will wait."""
    return Run.objects.get(uuid=start("naps", "nap", folder=str(folder), seconds=seconds, **options).uuid)


@pytest.mark.django_db(transaction=True)
def test_a_step_that_nobody_disturbs_waits_as_long_as_it_wants(tmp_path: Path) -> None:
    run = napping(tmp_path, 0.4)
    begun = time.monotonic()
    carry_out(run.pk)
    assert time.monotonic() - begun >= 0.4
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("success", ["begun", "over"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempts", [0, 5])
def test_a_cancel_ends_the_wait_and_the_run_turns_back(tmp_path: Path, attempts: int) -> None:
    run = napping(tmp_path, attempts=attempts)
    with meanwhile(lambda: steering.cancel_run(run.uuid), tmp_path):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("cancelled", ["begun"])
    step = Step.objects.get()
    assert (step.state, step.attempt) == ("failed", 1)
    assert step.error == {"code": "interrupted", "message": "The run was cancelled.", "retryable": True}


@pytest.mark.django_db(transaction=True)
def test_the_wait_of_a_rollback_is_ended_by_no_cancel(tmp_path: Path) -> None:
    run = napping(tmp_path, fails=True, back_s=0.2)
    with meanwhile(lambda: steering.cancel_run(run.uuid), tmp_path):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("cancelled", ["begun", "back", "undone"])


@pytest.mark.django_db(transaction=True)
def test_a_deadline_ends_the_wait_of_a_run_that_no_signal_reaches(tmp_path: Path) -> None:
    found: list[str] = []

    def wait() -> None:
        found.append(run_now("naps", "nap", folder=str(tmp_path), seconds=LONG_S, deadline_s=1.0).state)

    leave("go", str(tmp_path / "traces"))
    with meanwhile(wait, tmp_path, "go"):
        pass
    assert found == ["rolled_back"]
    error = Run.objects.get().error
    assert error
    assert error["code"] == "deadline"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_waits_for_says_that_it_was_cancelled(tmp_path: Path) -> None:
    with meanwhile(lambda: steering.cancel_run(Run.objects.get().uuid), tmp_path):
        info = run_now("naps", "nap", folder=str(tmp_path), seconds=LONG_S)
    assert (info.state, info.result) == ("cancelled", None)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_waits_for_goes_on_while_its_process_stops(tmp_path: Path) -> None:
    with meanwhile(stopping.request, tmp_path):
        info = run_now("naps", "nap", folder=str(tmp_path), seconds=1.5)
    assert (info.state, traces(tmp_path)) == ("success", ["begun", "over"])


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_asked_to_stop_gives_the_run_back_and_the_step_is_called_again(tmp_path: Path) -> None:
    run = napping(tmp_path, timeout_s=LONG_S)
    with meanwhile(stopping.request, tmp_path):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cursor, run.attempt, run.lease_owner, run.lease_until) == ("queued", 0, 0, "", None)
    step = Step.objects.get()
    assert (step.state, step.attempt, step.progress_done, step.ended) == ("retrying", 1, 1, None)
    assert step.error == {"code": "interrupted", "message": "Its worker was asked to stop.", "retryable": True}
    change_kwargs(run, seconds=0)
    # Its time begins anew with its next call.
    Step.objects.update(started=timezone.now() - timedelta(days=1))
    stopping.withdraw()
    assert run_queued() == 1
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("success", ["begun", "asked", "begun", "over"])
    assert (Step.objects.get().attempt, Step.objects.get().error) == (2, None)


@pytest.mark.django_db(transaction=True)
def test_a_cancel_that_comes_after_it_was_given_back_undoes_what_the_step_may_have_done(tmp_path: Path) -> None:
    run = napping(tmp_path, fails=True)
    with meanwhile(stopping.request, tmp_path):
        carry_out(run.pk)
    steering.cancel_run(run.uuid)
    stopping.withdraw()
    run_queued()
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("cancelled", ["begun", "back", "undone"])


@pytest.mark.django_db(transaction=True)
def test_the_wait_of_a_rollback_is_left_to_another_worker(tmp_path: Path) -> None:
    run = napping(tmp_path, 0, fails=True, back_s=LONG_S)
    with meanwhile(stopping.request, tmp_path, "back"):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.direction, run.attempt) == ("queued", "back", 0)
    assert traces(tmp_path) == ["begun", "back"]
    assert not Step.objects.filter(phase="back").exists()
    change_kwargs(run, back_s=0)
    stopping.withdraw()
    run_queued()
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("rolled_back", ["begun", "back", "back", "undone"])


def change_kwargs(run: Run, **values: float) -> None:
    """Have the step called with other values from now on."""
    run.plan["steps"][0]["kwargs"] |= values
    Run.objects.filter(pk=run.pk).update(plan=run.plan)


@pytest.mark.django_db
def test_only_steps_outside_of_transactions_wait() -> None:
    main = OrchestratorRegistry.get("naps").orchestrator
    with pytest.raises(StagingError, match="Only a running external step waits"):
        main.pause(1)
    with pytest.raises(StagingError, match="Only a running external step waits"):
        run_now("naps", "doze")


@orm_queue
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_with_a_step_that_waits_ends_at_once_on_sigterm(tmp_path: Path) -> None:
    with hired() as crew:
        run = napping(tmp_path)
        wait_for(lambda: traces(tmp_path), "the step")
        crew.process.send_signal(signal.SIGTERM)
        assert crew.process.wait(timeout=PATIENCE_S) == 0
    run.refresh_from_db()
    assert (run.state, run.attempt, run.lease_owner) == ("queued", 0, "")
    assert Step.objects.get().state == "retrying"


@pytest.mark.on("postgresql")
@pytest.mark.django_db(transaction=True)
def test_a_step_that_waits_outlives_a_connection_that_breaks(tmp_path: Path) -> None:
    run = napping(tmp_path, 2.5)
    with meanwhile(break_connections, tmp_path):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, traces(tmp_path)) == ("success", ["begun", "over"])


def break_connections() -> None:
    """End every connection to the database but this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
