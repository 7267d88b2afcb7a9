"""The tables of the engine. A change of a claimed run compares the epoch: a replaced worker changes nothing."""

from __future__ import annotations

from domains.orchestration.service.journal import LogService, StepService
from domains.orchestration.service.runs import RunService
from domains.orchestration.service.schedules import ScheduleService, TickService
from domains.orchestration.service.workers import WorkerService

runs = RunService()
steps = StepService()
logs = LogService()
schedules = ScheduleService()
workers = WorkerService()
ticks = TickService()
