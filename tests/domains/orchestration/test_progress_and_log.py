"""What a run tells while it goes."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.db.models import F

from domains.orchestration import durable, reads
from domains.orchestration.failures import redact
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service.journal import LOG_LINES, StepService
from domains.orchestration.start import run_now

pytestmark = pytest.mark.django_db
SEEN: list[tuple[int | None, str]] = []


def count_up(orchestrator: MainOrchestrator, to: int) -> None:
    """Report each unit, and note what the table shows meanwhile."""
    SEEN.clear()
    for done in range(to + 1):
        orchestrator.progress(done, to, f"unit {done}")
        row = Step.objects.filter(run__uuid=orchestrator.run_uuid).first()
        SEEN.append((row.progress_done, row.progress_note) if row else (None, ""))


def chatter(orchestrator: MainOrchestrator, lines: int) -> None:
    """Log that many lines."""
    for number in range(lines):
        orchestrator.log(f"line {number}")
    orchestrator.log("password=hunter2 and more")


def say_strange_things(orchestrator: MainOrchestrator) -> None:
    """Text with a NUL and half a character."""
    orchestrator.log("a\x00b\ud800")
    orchestrator.progress(1, 1, "a\x00b\ud800")


def report_when_replaced(orchestrator: MainOrchestrator) -> None:
    """Report and log, then do it again after another worker has taken the run."""
    orchestrator.log("mine")
    orchestrator.progress(1, 9, "mine")
    Run.objects.update(epoch=F("epoch") + 1, lease_owner="another")
    orchestrator.log("too late")
    orchestrator.progress(8, 9, "too late")


def count_and_log(orchestrator: MainOrchestrator) -> None:
    """Two lines, each before a report."""
    for number, name in enumerate(("one", "two"), start=1):
        orchestrator.log(name)
        orchestrator.progress(number, 2)


def run_step(step: object, kind: str, **kwargs: object) -> Run:
    """A run of one step."""
    main = OrchestratorRegistry.get("drill").orchestrator
    main.add_step(step, kind=kind, kwargs=kwargs)
    main.execute()
    return Run.objects.get()


def test_progress_of_an_external_step_is_stored_at_once_and_then_not_before_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert durable.PROGRESS_EVERY_S == 1
    monkeypatch.setattr(durable, "PROGRESS_EVERY_S", 60.0)
    run = run_step(count_up, "external", to=50)
    assert set(SEEN) == {(0, "unit 0")}
    step = run.steps.get()
    assert (step.progress_done, step.progress_total, step.progress_note) == (50, 50, "unit 50")


def test_what_a_replaced_worker_reports_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "PROGRESS_EVERY_S", 0.0)
    step = run_step(report_when_replaced, "external").steps.get()
    assert (step.progress_done, step.progress_note, step.state) == (1, "mine", "started")
    assert [line.line for line in RunLog.objects.all()] == ["mine"]


def test_a_report_that_cannot_be_stored_loses_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OperationalError

    monkeypatch.setattr(StepService, "report", refuse)
    run = run_step(count_and_log, "external")
    assert [line.line for line in reads.log_lines(run)] == ["one", "two"]
    assert run.steps.get().progress_done == 2


def test_progress_of_a_database_step_is_stored_with_its_end() -> None:
    step = run_step(count_up, "db", to=3).steps.get()
    assert set(SEEN) == {(None, "")}
    assert step.progress_done == 3


@pytest.mark.parametrize("kind", ["db", "external"])
def test_the_log_of_a_run_is_bounded(kind: str) -> None:
    run = run_step(chatter, kind, lines=LOG_LINES + 50)
    lines = reads.log_lines(run)
    assert len(lines) == LOG_LINES
    assert lines[0].line == "line 0"
    assert "too many" in lines[-1].line


def test_secrets_are_not_logged() -> None:
    run_step(chatter, "db", lines=0)
    assert RunLog.objects.get().line == "password=[hidden] and more"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer [hidden]"),
        ("api_key='xyz'", "api_key='[hidden]'"),
        ("postgres://vault:pw@db/vault", "postgres://vault:[hidden]@db/vault"),
        ('{"token": "abc"}', '{"token": "[hidden]"}'),
        ("http://127.0.0.1:8000/runs/", "http://127.0.0.1:8000/runs/"),
        ("Read 12 of 40 tokens", "Read 12 of 40 tokens"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_lines_of_a_failed_database_step_are_kept() -> None:
    with pytest.raises(ZeroDivisionError):
        run_now("drill", "program", program=[{"name": "a", "does": "raise"}])
    assert RunLog.objects.get().line == "acting a"


def test_text_that_no_database_stores_is_cleaned() -> None:
    run = run_step(say_strange_things, "external")
    assert RunLog.objects.get().line == "ab?"
    assert run.steps.get().progress_note == "ab?"
