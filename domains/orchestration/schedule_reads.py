"""Questions about schedules: what there is, when it comes next, and what could be scheduled."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from domains.base.errors import ValidationFailed
from domains.orchestration import schedules as rules
from domains.orchestration.calls import may_start, startable
from domains.orchestration.models import Run, Schedule, in_words
from domains.orchestration.registry import OrchestratorRegistry
from domains.orchestration.run_lists import HEAVY
from domains.orchestration.service import runs, schedules
from domains.orchestration.states import CatchUp, Overlap, Queue

LAST_RUNS = 10
TIMES = ("cron", "interval_s", "time_zone")
DESCRIPTION = re.compile(r"(?s)Description:\s*(.*?)(?=\n\s*(?:Input|Output):|\Z)")


@dataclass(frozen=True, slots=True)
class Startable:
    """Something that a run can be made of: `name` is "trace.export", `description` its docstring's first paragraph,
    `parameters` its arguments, "name" or "name?" where it may be left out.
    """

    name: str
    title: str
    description: str
    parameters: Sequence[str]


def schedule_list() -> QuerySet[Schedule]:
    """Schedules by name, with their last run but for its large columns."""
    return schedules.all().select_related("last_run").defer(*(f"last_run__{name}" for name in HEAVY))


def schedule_get(uuid: UUID | str) -> Schedule:
    """One schedule. Raises NotFound."""
    return schedules.get(uuid=uuid)


def schedule_runs(schedule: Schedule) -> list[Run]:
    """The newest runs that the schedule has started, at most 10."""
    named = runs.filter(orchestrator=schedule.orchestrator, method=schedule.method)
    return list(named.filter(key__startswith=f"{schedule.name}@").defer(*HEAVY)[:LAST_RUNS])


def schedule_upcoming(schedule: Schedule, count: int = 5) -> list[datetime]:
    """The next times of the schedule, aware, whether it is paused or not."""
    return rules.upcoming(schedule, count=count)


def schedule_preview(values: Mapping[str, Any], count: int = 5) -> list[datetime]:
    """The next times that a schedule with these values would have, whatever else is wrong with it.

    Raises ValidationFailed with the faults of its times, by field.
    """
    try:
        rules.validate(values)
    except ValidationFailed as error:
        faults = {name: list(said) for name, said in error.fields.items() if name in TIMES}
        if faults:
            words = " ".join(fault for said in faults.values() for fault in said)
            raise ValidationFailed(words, fields=faults) from error
    return rules.upcoming(values, count=count)


def startables(user: Any) -> list[Startable]:
    """What this person may have a schedule start, by name."""
    return [
        _startable(name, method, getattr(OrchestratorRegistry.resolve(name), method))
        for name in OrchestratorRegistry.names()
        for method in sorted(startable(name))
        if may_start(user, name, method)
    ]


def orchestrator_names() -> list[str]:
    """What can be filtered by."""
    return OrchestratorRegistry.names()


def overlap_choices() -> Sequence[tuple[str, str]]:
    """What a schedule may do while its run before is active."""
    return Overlap.choices


def catch_up_choices() -> Sequence[tuple[str, str]]:
    """What a schedule may do about times that it has missed."""
    return CatchUp.choices


def queue_choices() -> Sequence[tuple[str, str]]:
    """The queues, in the order in which workers take from them."""
    return Queue.choices


def _startable(orchestrator: str, method: str, function: Any) -> Startable:
    found = DESCRIPTION.search(inspect.getdoc(function) or "")
    parameters = [
        parameter.name if parameter.default is parameter.empty else f"{parameter.name}?"
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self"
    ]
    description = " ".join(found[1].split()) if found else ""
    return Startable(f"{orchestrator}.{method}", in_words(orchestrator, method), description, parameters)
