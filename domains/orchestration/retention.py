"""Keeping the tables bounded: runs that ended more than RUN_RETENTION_DAYS ago are deleted with their steps and log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from domains.base.database import atomic_write
from domains.orchestration import pulse
from domains.orchestration.service import old_runs, old_tasks

BATCH = 500
MOST_BATCHES = 20
"""A tick deletes no more than that; the next one goes on."""


def delete_old() -> int:
    """Delete what is too old, a commit a batch of 500 and at most 20 of them for each table; the number of runs and of
    rows of django-q2. Nothing with RUN_RETENTION_DAYS=0. Killed half-way, the next one goes on.
    """
    if settings.RUN_RETENTION_DAYS == 0:
        return 0
    moment = timezone.now() - timedelta(days=settings.RUN_RETENTION_DAYS)
    return _delete(old_runs.delete_batch, moment) + _delete(old_tasks.delete_batch, moment)


def _delete(delete_batch: Callable[[datetime, int], int], moment: datetime) -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        pulse.beat()
        with atomic_write():
            count = delete_batch(moment, BATCH)
        total += count
        if count < BATCH:
            break
    return total
