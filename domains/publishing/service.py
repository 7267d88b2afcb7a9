"""The table of the API log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from domains.base.service import ModelService
from domains.publishing.models import APILog

SUMS = ("requests", "seconds", "ms1", "ms10", "ms100", "ms1000")
NAMES = ("every", "at", "service", "endpoint", "application", "status", "outcome")


class APILogService(ModelService[APILog]):
    """Buckets of requests."""

    model = APILog

    def add(self, buckets: Iterable[APILog]) -> None:
        """Add these figures to what is counted already; always in the same order, so that no two writers block."""
        ordered = sorted(buckets, key=lambda bucket: [str(getattr(bucket, name)) for name in NAMES])
        blank = [self.model(**{name: getattr(bucket, name) for name in NAMES}) for bucket in ordered]
        self.all().bulk_create(blank, ignore_conflicts=True, batch_size=200)
        for bucket in ordered:
            more = {name: F(name) + getattr(bucket, name) for name in SUMS}
            self.filter(**{name: getattr(bucket, name) for name in NAMES}).update(
                slowest=Greatest(F("slowest"), bucket.slowest), **more
            )

    def between(self, every: int, start: datetime, end: datetime) -> QuerySet[APILog]:
        """Buckets of one length that begin in start <= at < end."""
        return self.filter(every=every, at__gte=start, at__lt=end)

    def delete_before(self, every: int, moment: datetime) -> int:
        """Delete the buckets of one length that began before this moment; how many."""
        return self.bulk_delete(every=every, at__lt=moment)


api_log = APILogService()
