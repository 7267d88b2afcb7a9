"""Questions about runs, schedules and workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from domains.base.search import text_search
from domains.orchestration.models import Run, RunLog, Schedule
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.run_detail import RunDetail as RunDetail
from domains.orchestration.run_detail import StepView as StepView
from domains.orchestration.run_detail import detail as build_detail
from domains.orchestration.service import logs, runs, schedules, steps, workers
from domains.orchestration.states import ACTIVE, FAILED, RunState

WORKER_SILENT_S = 20.0
"""Seconds after which a worker that beats every 5 s counts as gone."""
SEARCHED = ("orchestrator", "method", "application", "actor_name", "key")
HEAVY = ("plan", "context", "args", "result", "traceback")


def run_list() -> QuerySet[Run]:
    """Every run, newest first, unevaluated, without the large columns; `elapsed` is its duration so far."""
    elapsed = ExpressionWrapper(Coalesce("ended", Now()) - F("started"), output_field=DurationField())
    return runs.all().defer(*HEAVY).annotate(elapsed=elapsed)


def run_search(found: QuerySet[Run], text: str) -> QuerySet[Run]:
    """Those in whose name, application or actor every word stands, or the one of that uuid."""
    try:
        return found.filter(uuid=UUID(text.strip()))
    except ValueError:
        return text_search(found, SEARCHED, text.replace(".", " "))


def run_get(uuid: UUID | str) -> Run:
    """One run. Raises NotFound."""
    return runs.get(uuid=uuid)


def run_detail(uuid: UUID | str) -> RunDetail:
    """One run with its steps and log lines, in three queries. Raises NotFound."""
    run = run_get(uuid)
    return build_detail(run, list(steps.of_run(run.pk)), log_lines(run))


def log_lines(run: Run) -> list[RunLog]:
    """What the run's steps have logged, oldest first, bounded."""
    return list(logs.filter(run=run).order_by("id"))


def active_count() -> int:
    """Queued runs and those under way."""
    return runs.active().count()


def failed_count(since: datetime) -> int:
    """Runs that have failed since then, and for good."""
    return runs.filter(state__in=FAILED, ended__gte=since).count()


def failed_states() -> list[str]:
    """The states that `failed_count` counts."""
    return [str(state) for state in FAILED]


def active_states() -> list[str]:
    """The states that `active_count` counts."""
    return [str(state) for state in ACTIVE]


def latest_run(orchestrator: str, method: str, application: str = "") -> Run | None:
    """The newest run of that name, of that application unless it is empty."""
    found = runs.filter(orchestrator=orchestrator, method=method)
    return (found.filter(application=application) if application else found).first()


def queue_depth() -> int:
    """Runs that wait for a worker."""
    return runs.waiting().count()


def live_worker_count() -> int:
    """Worker processes that have not fallen silent."""
    return workers.filter(seen__gt=timezone.now() - timedelta(seconds=WORKER_SILENT_S)).count()


def worker_heartbeat_age() -> float | None:
    """Seconds since a worker was last seen; None when there has never been one."""
    seen = workers.all().order_by("-seen").values_list("seen", flat=True).first()
    return None if seen is None else (timezone.now() - seen).total_seconds()


def is_worker_missing() -> bool:
    """Whether nobody is there to take what is queued."""
    return live_worker_count() == 0


def schedule_list() -> QuerySet[Schedule]:
    """Schedules by name, with their last run."""
    return schedules.all().select_related("last_run")


def schedule_get(uuid: UUID | str) -> Schedule:
    """One schedule. Raises NotFound."""
    return schedules.get(uuid=uuid)


def orchestrator_names() -> list[str]:
    """What can be filtered by."""
    return OrchestratorRegistry.names()


def state_choices() -> Sequence[tuple[str, str]]:
    """The states with their labels."""
    return RunState.choices
