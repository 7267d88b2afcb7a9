"""The tables of the engine. A change of a claimed run compares the epoch: a replaced worker changes nothing."""

from __future__ import annotations

from domains.orchestration.service.failed_tasks import FailedTaskService
from domains.orchestration.service.journal import LogService, StepService
from domains.orchestration.service.retention import OldRunService, OldTaskService
from domains.orchestration.service.runs import RunService
from domains.orchestration.service.schedules import ScheduleService, TickService
from domains.orchestration.service.steering import RollbackService
from domains.orchestration.service.workers import WorkerService

runs = RunService()
steps = StepService()
rollbacks = RollbackService()
logs = LogService()
schedules = ScheduleService()
workers = WorkerService()
ticks = TickService()
failed_tasks = FailedTaskService()
old_runs = OldRunService()
old_tasks = OldTaskService()
