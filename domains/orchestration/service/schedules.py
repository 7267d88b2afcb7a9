"""The tables of schedules: Vault's own, and django-q2's one row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django_q.models import Schedule as QueueSchedule

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Schedule

TICK = "vault.tick"


class ScheduleService(ModelService[Schedule]):
    """Schedules."""

    model = Schedule

    def due(self, now: datetime) -> QuerySet[Schedule]:
        """Those whose time has come, and those that have no time yet."""
        return self.filter(paused=False).filter(Q(next_run=None) | Q(next_run__lte=now))

    def lock_due(self, pk: int, now: datetime) -> Schedule | None:
        """The row for the rest of this transaction if it is still due; None when another tick has taken it."""
        due = self.due(now).filter(pk=pk)
        if database.connection().features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        return due.first()

    def ensure(self, name: str, **values: Any) -> None:
        """Create the extension's schedule unless one of that name is there, which becomes the extension's."""
        if not self.filter(name=name).update(built_in=True):
            self.all().get_or_create(name=name, defaults=values | {"built_in": True})

    def note_fault(self, schedule: Schedule, message: str, next_run: datetime | None) -> None:
        """Keep why the start failed, and go on with the next time unless another tick has gone on meanwhile."""
        same = self.filter(pk=schedule.pk, next_run=schedule.next_run)
        same.update(last_error=message, next_run=next_run)


class TickService(ModelService[QueueSchedule]):
    """The one schedule of django-q2: the tick."""

    model = QueueSchedule

    def ensure(self) -> None:
        """Create the tick, or set it right."""
        values = {"func": "domains.orchestration.tasks.tick", "schedule_type": "I", "minutes": 1, "repeats": -1}
        found = self.filter(name=TICK).update(**values)
        if not found:
            self.create(name=TICK, **values)
        elif found > 1:
            # Two workers that were the first at the same moment have made one each.
            self.delete(self.filter(name=TICK).latest("pk"))
