"""What a step says beside its work: values that `verify` has set, progress and status that no column holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.models import Run, Step
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued

ODD: dict[str, Any] = {"a huge number": 10**30, "text": "many", "nothing": None}


@context_manager(set_contexts={"common": ["guess"]})
def work(orchestrator: MainOrchestrator, tells: str) -> None:
    """Tell something."""
    if tells == "status":
        orchestrator.set_context_value("result_status", 10**12)
    else:
        orchestrator.progress(ODD[tells], 10**40)


@context_manager(set_contexts={"common": ["guess"]})
def guess(orchestrator: MainOrchestrator, tells: str) -> bool:
    """Set a value, then find out that the step was not done."""
    orchestrator.set_context_value("guess", "wrong")
    return False


class TellingOrchestrator(metaclass=BaseOrchestrator):
    """Description: one step that tells things."""

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(set_contexts={"common": ["guess"]})
    def tell(self, *, tells: str, kind: str) -> None:
        """Description: one step.

        Input: what it tells, and its kind.
        Output: nothing.
        """
        self.orchestrator.set_context_schema({"guess": str})
        self.orchestrator.add_step(work, kind=kind, kwargs={"tells": tells}, verify=guess)


@pytest.fixture(autouse=True)
def telling() -> Iterator[None]:
    """Register the orchestrator."""
    OrchestratorRegistry.register("telling", f"{__name__}.TellingOrchestrator")
    yield
    OrchestratorRegistry.unregister("telling")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["db", "external"])
@pytest.mark.parametrize("tells", [*ODD, "status"])
def test_what_no_column_holds_does_not_leave_the_run_behind(tells: str, kind: str) -> None:
    start("telling", "tell", tells=tells, kind=kind)
    run_queued()
    run = Run.objects.get()
    assert run.state == ("rolled_back" if tells in ("text", "status") else "success")


@pytest.mark.django_db
def test_progress_beyond_what_a_database_counts_is_the_most_it_counts() -> None:
    start("telling", "tell", tells="a huge number", kind="db")
    run_queued()
    assert list(Step.objects.values_list("progress_done", "progress_total")) == [(2**63 - 1, 2**63 - 1)]


@pytest.mark.django_db
def test_what_verify_has_set_is_forgotten_when_the_step_was_not_done() -> None:
    start("telling", "tell", tells="nothing", kind="external")
    run = Run.objects.get()
    step = {"name": "telling", "kind": "external", "state": "started", "started": timezone.now()}
    Step.objects.create(run=run, seq=0, phase="fwd", **step)
    run_queued()
    run.refresh_from_db()
    assert (run.state, Step.objects.get().attempt) == ("success", 2)
    assert run.context == {}
    assert Step.objects.get().delta == {}
