"""Deleting what has ended long ago, in batches that are each small enough for one transaction."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django_q.models import Task

from domains.base import database
from domains.base.service import ModelService
from domains.orchestration.models import Run, RunLog, Step
from domains.orchestration.states import ACTIVE


class OldRunService(ModelService[Run]):
    """Runs that have ended before a moment.

    A family goes from the top down: a child is old when its parent is gone, so nothing is deleted that an active
    ancestor may still have to undo.
    """

    model = Run

    def before(self, moment: datetime) -> QuerySet[Run]:
        """Ended runs without a parent and without an active child, the oldest first."""
        awaited = self.filter(state__in=ACTIVE, parent__isnull=False).values("parent")
        ended = self.filter(ended__lt=moment, parent=None).exclude(state__in=ACTIVE)
        return ended.exclude(pk__in=awaited).order_by("ended")

    def delete_batch(self, moment: datetime, size: int) -> int:
        """Delete at most so many, with their steps and log; the number of runs. Belongs into a transaction.

        One that somebody changes at this moment, to resume it, is left alone.
        """
        found = self.before(moment)
        if database.connection().features.has_select_for_update_skip_locked:
            found = found.select_for_update(skip_locked=True)
        pks = list(found.values_list("pk", flat=True)[:size])
        OldStepService().bulk_delete(run_id__in=pks)
        OldLogService().bulk_delete(run_id__in=pks)
        self.bulk_delete(pk__in=pks)
        return len(pks)


class OldStepService(ModelService[Step]):
    """Steps of runs that are deleted."""

    model = Step


class OldLogService(ModelService[RunLog]):
    """Log lines of runs that are deleted."""

    model = RunLog


class OldTaskService(ModelService[Task]):
    """django-q2's own rows of tasks that have ended; Vault keeps nothing in them."""

    model = Task

    def delete_batch(self, moment: datetime, size: int) -> int:
        """Delete at most so many that have ended before the moment; their number."""
        pks = list(self.filter(stopped__lt=moment).order_by("stopped").values_list("pk", flat=True)[:size])
        self.bulk_delete(pk__in=pks)
        return len(pks)
