"""When a schedule comes, in plain words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
SHORT_DAYS = [day[:3].lower() for day in DAYS]
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
UNITS = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
EVERY = re.compile(r"\*/(\d+)")


def times_in_words(cron: str, interval_s: int | None, time_zone: str) -> str:
    """ "every day at 03:00 Europe/Berlin", "every 15 minutes"; the expression itself where it has no short words."""
    if interval_s:
        return f"every {_span(interval_s)}"
    said = cron_in_words(cron)
    return f"{said} {time_zone}" if said else f"at the times of “{cron}”, {time_zone}"


def cron_in_words(cron: str) -> str:
    """A cron expression of a common shape in words, "" for any other."""
    fields = cron.split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    when, days = _time(minute, hour), _days(day, month, weekday)
    if not when or not days:
        return ""
    return when if days == "every day" and not when.startswith("at ") else f"{days} {when}"


def _span(seconds: int) -> str:
    for size, name in UNITS:
        if seconds % size == 0:
            count = seconds // size
            return name if count == 1 else f"{count:,} {name}s"
    return f"{seconds:,} seconds"


def _time(minute: str, hour: str) -> str:
    """ "every 5 minutes", "every hour at minute 15", "at 03:00"."""
    if hour == "*" and (minute == "*" or EVERY.fullmatch(minute)):
        return _every(minute, "minute", 60)
    if not minute.isdigit() or int(minute) > 59:
        return ""
    if hour == "*":
        return f"every hour at minute {int(minute)}"
    if EVERY.fullmatch(hour):
        every = _every(hour, "hour", 24)
        return every and f"{every} at minute {int(minute)}"
    hours = hour.split(",")
    if not all(part.isdigit() and int(part) < 24 for part in hours):
        return ""
    return f"at {_list([f'{int(part):02}:{int(minute):02}' for part in hours])}"


def _every(field: str, unit: str, of: int) -> str:
    found = EVERY.fullmatch(field)
    count = int(found[1]) if found else 1
    if count < 1 or of % count:
        return ""
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"


def _days(day: str, month: str, weekday: str) -> str:
    """ "every day", "on weekdays", "every Monday and Friday", "on day 1 of every month", "on 24 December"."""
    if day != "*" and weekday != "*":
        return ""
    if day == "*" and month == "*":
        return _weekdays(weekday)
    if not day.isdigit() or not 1 <= int(day) <= 31:
        return ""
    if month == "*":
        return f"on day {int(day)} of every month"
    return f"on {int(day)} {MONTHS[int(month) - 1]}" if month.isdigit() and 1 <= int(month) <= 12 else ""


def _weekdays(weekday: str) -> str:
    if weekday == "*":
        return "every day"
    if weekday.lower() in ("1-5", "mon-fri"):
        return "on weekdays"
    found = [_weekday(part) for part in weekday.split(",")]
    return f"every {_list([day for day in found if day])}" if all(found) else ""


def _weekday(text: str) -> str:
    if text.isdigit() and int(text) <= 7:
        return DAYS[int(text) % 7]
    return DAYS[SHORT_DAYS.index(text.lower())] if text.lower() in SHORT_DAYS else ""


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
