"""Questions about runs, schedules, workers and queues: everything that pages and the JSON interface ask."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domains.orchestration.calls import may_start as may_start
from domains.orchestration.failed_tasks import failed_task_get as failed_task_get
from domains.orchestration.failed_tasks import failed_tasks as failed_tasks
from domains.orchestration.failed_tasks import task_error as task_error
from domains.orchestration.failed_tasks import task_traceback as task_traceback
from domains.orchestration.models import Run, RunLog
from domains.orchestration.queue_reads import WORKER_SILENT_S as WORKER_SILENT_S
from domains.orchestration.queue_reads import LeasedRun as LeasedRun
from domains.orchestration.queue_reads import Minute as Minute
from domains.orchestration.queue_reads import QueueFigures as QueueFigures
from domains.orchestration.queue_reads import WorkerView as WorkerView
from domains.orchestration.queue_reads import is_worker_missing as is_worker_missing
from domains.orchestration.queue_reads import leased_runs as leased_runs
from domains.orchestration.queue_reads import live_worker_count as live_worker_count
from domains.orchestration.queue_reads import queue_depth as queue_depth
from domains.orchestration.queue_reads import queue_figures as queue_figures
from domains.orchestration.queue_reads import throughput as throughput
from domains.orchestration.queue_reads import worker_heartbeat_age as worker_heartbeat_age
from domains.orchestration.queue_reads import worker_list as worker_list
from domains.orchestration.run_detail import Lease as Lease
from domains.orchestration.run_detail import RunDetail as RunDetail
from domains.orchestration.run_detail import StepView as StepView
from domains.orchestration.run_detail import detail as build_detail
from domains.orchestration.run_lists import Family as Family
from domains.orchestration.run_lists import RunCounts as RunCounts
from domains.orchestration.run_lists import active_count as active_count
from domains.orchestration.run_lists import active_states as active_states
from domains.orchestration.run_lists import as_uuid as as_uuid
from domains.orchestration.run_lists import failed_count as failed_count
from domains.orchestration.run_lists import failed_states as failed_states
from domains.orchestration.run_lists import group_choices as group_choices
from domains.orchestration.run_lists import latest_run as latest_run
from domains.orchestration.run_lists import of_group as of_group
from domains.orchestration.run_lists import run_counts as run_counts
from domains.orchestration.run_lists import run_family as run_family
from domains.orchestration.run_lists import run_list as run_list
from domains.orchestration.run_lists import run_search as run_search
from domains.orchestration.run_lists import runs_ahead as runs_ahead
from domains.orchestration.run_lists import without_children as without_children
from domains.orchestration.schedule_reads import Startable as Startable
from domains.orchestration.schedule_reads import catch_up_choices as catch_up_choices
from domains.orchestration.schedule_reads import orchestrator_names as orchestrator_names
from domains.orchestration.schedule_reads import overlap_choices as overlap_choices
from domains.orchestration.schedule_reads import queue_choices as queue_choices
from domains.orchestration.schedule_reads import schedule_get as schedule_get
from domains.orchestration.schedule_reads import schedule_list as schedule_list
from domains.orchestration.schedule_reads import schedule_preview as schedule_preview
from domains.orchestration.schedule_reads import schedule_runs as schedule_runs
from domains.orchestration.schedule_reads import schedule_upcoming as schedule_upcoming
from domains.orchestration.schedule_reads import startables as startables
from domains.orchestration.service import logs, runs, steps
from domains.orchestration.showing import Change as Change
from domains.orchestration.showing import shown as shown
from domains.orchestration.states import RunState


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


def state_choices() -> Sequence[tuple[str, str]]:
    """The states with their labels."""
    return RunState.choices
