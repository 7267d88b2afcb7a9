"""Times by the database's clock: workers on several machines compare leases by one clock."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import DateTimeField, Expression, ExpressionWrapper
from django.db.models.functions import Now


def from_now(delta: timedelta) -> Expression:
    """The database's clock plus `delta`."""
    return ExpressionWrapper(Now() + delta, output_field=DateTimeField())


def lease() -> timedelta:
    """How long a claim holds without being renewed."""
    return timedelta(seconds=settings.RUN_LEASE_S)
