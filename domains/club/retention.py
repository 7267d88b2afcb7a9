"""Keeping the tables bounded: by day for CLUB_KEEP_DAYS, by week for five years, by month for ever."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from domains.club.models.figures import Every
from domains.club.service import collections, feature_points, hero_points, kept_answers

WEEKS_FOR = timedelta(days=5 * 366)
ANSWERS_FOR = timedelta(days=30)
MOST = 1000
"""Rows of a table that go with one collection; the next one goes on."""


def tidy(today: date) -> None:
    """Delete what is too old, in the transaction that is open.

    Answers go when nobody has asked for them in 30 days, and collections with the points of their day.
    """
    oldest_day = today - timedelta(days=settings.VAULT.CLUB_KEEP_DAYS)
    for every, oldest in ((Every.DAY, oldest_day), (Every.WEEK, today - WEEKS_FOR)):
        for points in (feature_points, hero_points):
            points.bulk_delete(pk__in=points.older(every, oldest, MOST))
    collections.bulk_delete(pk__in=collections.older(_start(oldest_day), MOST))
    kept_answers.bulk_delete(at__lt=_start(today - ANSWERS_FOR))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(tzinfo=UTC))
