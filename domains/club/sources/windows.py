"""Times in answers, and the window of days that figures are counted over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils import timezone


def window_start(days: int) -> datetime:
    """When a window of so many days begins: at midnight in UTC, so that it stays the same all day."""
    return timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)


def moment(value: object) -> datetime | None:
    """A time as JSON has it; None for what is none."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
