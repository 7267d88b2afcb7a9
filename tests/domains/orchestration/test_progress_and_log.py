"""What a run tells while it goes."""

from __future__ import annotations

import pytest

from domains.orchestration import reads
from domains.orchestration.failures import redact
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.service.journal import LOG_LINES
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


def run_step(step: object, kind: str, **kwargs: object) -> Run:
    """A run of one step."""
    main = OrchestratorRegistry.get("drill").orchestrator
    main.add_step(step, kind=kind, kwargs=kwargs)
    main.execute()
    return Run.objects.get()


def test_progress_of_an_external_step_is_stored_at_once_and_then_not_more_than_once_a_second() -> None:
    run = run_step(count_up, "external", to=50)
    assert SEEN[0] == (0, "unit 0")
    assert len(set(SEEN)) <= 2
    step = run.steps.get()
    assert (step.progress_done, step.progress_total, step.progress_note) == (50, 50, "unit 50")


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
