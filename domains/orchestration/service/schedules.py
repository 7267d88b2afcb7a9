"""The tables of schedules: Vault's own, and django-q2's one row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django_q.models import Schedule as QueueSchedule

from domains.base.service import ModelService
from domains.orchestration.models import Schedule

TICK = "vault.tick"


class ScheduleService(ModelService[Schedule]):
    """Schedules."""

    model = Schedule

    def due(self, now: datetime) -> QuerySet[Schedule]:
        """Those whose time has come, and those that have no time yet."""
        return self.filter(paused=False).filter(Q(next_run=None) | Q(next_run__lte=now))

    def ensure(self, name: str, **values: Any) -> None:
        """Create the schedule unless one of that name is there."""
        self.all().get_or_create(name=name, defaults=values)

    def take(self, schedule: Schedule, *, next_run: datetime) -> bool:
        """Move on to the next time unless another tick has; False when it has."""
        same = self.filter(pk=schedule.pk, next_run=schedule.next_run, paused=False)
        return same.update(next_run=next_run, last_slot=schedule.next_run, last_error="") == 1


class TickService(ModelService[QueueSchedule]):
    """The one schedule of django-q2: the tick."""

    model = QueueSchedule

    def ensure(self) -> None:
        """Create the tick, or set it right."""
        values = {"func": "domains.orchestration.tasks.tick", "schedule_type": "I", "minutes": 1, "repeats": -1}
        if not self.filter(name=TICK).update(**values):
            self.create(name=TICK, **values)
