"""Inline runs whose plan goes outside, rollbacks of the failing step itself, and commits that fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from domains.audit.models import Event
from domains.orchestration import reads
from domains.orchestration.carry_out import carry_out
from domains.orchestration.durable import DurableJournal
from domains.orchestration.execution import Execution
from domains.orchestration.journal import Entry
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.plan import Plan
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service import runs
from domains.orchestration.start import run_now, start
from domains.orchestration.tasks import run_queued
from tests.domains.orchestration.drill import effects


def break_at_commit(orchestrator: MainOrchestrator) -> None:
    """A reference to nobody, which the database notices only when it commits."""
    orchestrator.log("about to break")
    Event.objects.create(
        actor_id=987654321, actor_name="x", action="drill.effect", object_type="drill", object_id="x", object_name="x"
    )


def look_for_a_transaction(orchestrator: MainOrchestrator) -> None:
    """Note whether a transaction is open."""
    orchestrator.log(f"in a transaction: {connection.in_atomic_block}")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "inside"), [("db", True), ("external", False)])
def test_external_steps_run_outside_a_transaction(kind: str, inside: bool) -> None:
    main = OrchestratorRegistry.get("drill").orchestrator
    main.add_step(look_for_a_transaction, kind=kind)
    main.execute()
    assert [line.line for line in reads.log_lines(Run.objects.get())] == [f"in a transaction: {inside}"]


@pytest.mark.django_db(transaction=True)
def test_an_inline_run_with_an_external_step_commits_as_it_goes(tmp_path: Path) -> None:
    program = [{"name": "a"}, {"name": "b", "external": True, "file": str(tmp_path / "t")}, {"name": "c"}]
    with CaptureQueriesContext(connection) as queries:
        info = run_now("drill", "program", program=program)
    assert info.state == "success"
    assert sum(query["sql"] == "COMMIT" for query in queries.captured_queries) >= len(program)
    assert effects() == ["a", "c"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", [0, 1])
def test_a_commit_that_fails_undoes_everything_and_leaves_a_failed_run(others: int) -> None:
    drill = OrchestratorRegistry.get("drill")
    drill.program(program=[{"name": "a"}] * others)
    drill.orchestrator.add_step(break_at_commit)
    with pytest.raises(IntegrityError):
        drill.orchestrator.execute()
    assert effects() == []
    assert Run.objects.get().state == "rolled_back"
    assert Run.objects.get().error == {
        "code": "internal_error",
        "message": "The run failed unexpectedly (IntegrityError).",
        "retryable": False,
    }


@pytest.mark.django_db(transaction=True)
def test_a_step_whose_commit_fails_in_a_worker_is_rolled_back_like_any_other() -> None:
    start("drill", "program", program=[{"name": "a"}, {"name": "b"}])
    plan = Run.objects.get().plan
    plan["steps"][1] |= {"forward": f"{__name__}.break_at_commit", "kwargs": {}, "signature": ""}
    Run.objects.update(plan=plan)
    run_queued()
    run = Run.objects.get()
    assert run.state == "rolled_back"
    assert effects() == ["a", "-a"]
    assert [line.line for line in reads.log_lines(run)] == ["acting a", "about to break"]


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["inline", "queued"])
@pytest.mark.parametrize(("itself", "undone"), [(True, ["-b"]), (False, [])])
def test_an_external_step_that_fails_is_undone_itself_if_it_asks_for_it(
    tmp_path: Path, way: str, itself: bool, undone: list[str]
) -> None:
    file = tmp_path / "t"
    bad = {"name": "b", "external": True, "file": str(file), "does": "raise", "rollback_self": itself}
    if way == "inline":
        with pytest.raises(ZeroDivisionError):
            run_now("drill", "program", program=[{"name": "a"}, bad])
    else:
        start("drill", "program", program=[{"name": "a"}, bad])
        run_queued()
    run = Run.objects.get()
    assert run.state == "rolled_back"
    assert file.read_text().split() == ["b", f"{run.uuid}:1", *undone]
    assert effects() == ["a", "-a"]


@pytest.mark.django_db
@pytest.mark.parametrize(("external", "seen"), [(False, ["a"]), (True, ["a", "b"])])
def test_a_failed_database_step_leaves_no_context_but_an_external_one_does(
    tmp_path: Path, external: bool, seen: list[str]
) -> None:
    file = str(tmp_path / "t") if external else ""
    start(
        "drill", "program", program=[{"name": "a"}, {"name": "b", "external": external, "file": file, "does": "raise"}]
    )
    run_queued()
    run = Run.objects.get()
    assert run.context["seen"] == seen
    assert Step.objects.get(run=run, seq=1, phase="fwd").delta == ({"seen": seen} if external else {})


@pytest.mark.django_db
def test_secrets_among_the_arguments_are_not_shown() -> None:
    info = start("drill", "program", program=[{"name": "a"}])
    Run.objects.update(args={"app": "x", "login": {"password": "hunter2", "names": [{"api_key": "k"}]}})
    shown = reads.run_detail(info.uuid).args
    assert shown == {"app": "x", "login": {"password": "[hidden]", "names": [{"api_key": "[hidden]"}]}}


class CannotJournal(DurableJournal):
    """A journal whose database goes away once the step has been called."""

    def write(self, entry: Entry | None, **values: Any) -> None:
        """Never."""
        raise OperationalError("the database is gone")


@pytest.mark.django_db
def test_an_external_step_that_cannot_be_journalled_is_called_again_and_not_undone(tmp_path: Path) -> None:
    file = tmp_path / "t"
    start("drill", "program", program=[{"name": "a", "external": True, "file": str(file), "rollback_self": True}])
    run = Run.objects.get()
    runs.claim(run, "unlucky")
    run.refresh_from_db()
    main = MainOrchestrator("drill", plan=Plan.from_json(run.plan), context=run.context)
    main.run_uuid = run.uuid
    with pytest.raises(OperationalError):
        Execution(main, CannotJournal(run)).run()
    Run.objects.update(lease_until=run.created)
    carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "success"
    assert file.read_text().splitlines() == [f"a {run.uuid}:0"] * 2
