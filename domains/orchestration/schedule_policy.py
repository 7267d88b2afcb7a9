"""When a schedule comes, as pure functions: its times, what is made up for, and what waits for the run before.

Cron times are those of the wall clock in the schedule's time zone, as Debian's cron has it: one that falls into the
skipped hour of spring comes right after it, one in the doubled hour of autumn comes once; those with a "*" in minute or
hour follow the time that really passes. Intervals are counted from 1970-01-01 00:00 UTC, whenever they are created.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from domains.base.errors import ValidationFailed
from domains.orchestration.states import CatchUp, Overlap

ON_TIME = timedelta(minutes=2)
"""A time that came this long ago has not been missed: ticks come once a minute, and a restart takes a while."""
MOST_AT_ONCE = 100
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOK_BACK = (timedelta(hours=2), timedelta(days=2), timedelta(days=62))


class Timing(Protocol):
    """What has times: a row of schedules."""

    cron: str
    interval_s: int | None
    time_zone: str


@dataclass(slots=True)
class _Given:
    cron: str
    interval_s: int | None
    time_zone: str


Times = Timing | Mapping[str, object]


def next_time(schedule: Times, after: datetime) -> datetime:
    """The first time after that one, in UTC. Raises ValidationFailed with the fields at fault."""
    timing = _timing(schedule)
    if timing.interval_s:
        step = timedelta(seconds=timing.interval_s)
        return EPOCH + ((after - EPOCH) // step + 1) * step
    try:
        zone = ZoneInfo(timing.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _fault("time_zone", f"“{timing.time_zone}” is no time zone, such as Europe/Berlin.") from error
    try:
        if len(timing.cron.split()) != 5:
            raise CronSimError("Wrong number of fields")
        times = CronSim(timing.cron, after.astimezone(UTC if zone.key == "UTC" else zone))
        # In the doubled hour the wall clock names times that have passed already.
        return next(time for moment in times if (time := moment.astimezone(UTC)) > after)
    except (CronSimError, StopIteration, OverflowError) as error:
        words = f"“{timing.cron}” is no cron expression with a next time, such as “0 3 * * *”."
        raise _fault("cron", words) from error


def times_after(schedule: Times, after: datetime) -> Iterator[datetime]:
    """Every time after that one, in UTC. Raises as `next_time` does."""
    while True:
        after = next_time(schedule, after)
        yield after


def missed(schedule: Times, first: datetime, now: datetime, *, catch_up: str, window_s: int) -> list[datetime]:
    """The times from `first`, which has come, to `now` that are started: those on time, and of those that were missed
    what the policy says, as far back as the window reaches; at most 100, the oldest first.
    """
    reach = ON_TIME if catch_up == CatchUp.NONE else max(ON_TIME, timedelta(seconds=window_s))
    first = max(first, now - reach)
    if catch_up == CatchUp.ALL:
        return list(islice(_between(schedule, first, now), MOST_AT_ONCE))
    last = _last_between(schedule, first, now)
    return [last] if last else []


def start_at_once(overlap: str, due: list[datetime]) -> list[datetime]:
    """Those of the due times that can be started in the same moment, and must be, while the run before has ended."""
    if overlap == Overlap.ALLOW:
        return due
    return due[-1:] if overlap == Overlap.CANCEL else due[:1]


def _between(schedule: Times, first: datetime, now: datetime) -> Iterator[datetime]:
    """The times from `first` to `now`, both included."""
    for time in times_after(schedule, first - timedelta(microseconds=1)):
        if time > now:
            return
        yield time


def _last_between(schedule: Times, first: datetime, now: datetime) -> datetime | None:
    for span in (*LOOK_BACK, now - first):
        last = None
        for last in _between(schedule, max(first, now - span), now):  # noqa: B007 - the last one is wanted
            pass
        if last or now - span <= first:
            return last
    return None


def _timing(schedule: Times) -> Timing:
    if not isinstance(schedule, Mapping):
        return schedule
    interval = schedule.get("interval_s")
    zone = str(schedule.get("time_zone") or "UTC")
    return _Given(str(schedule.get("cron") or ""), interval if isinstance(interval, int) else None, zone)


def _fault(field: str, words: str) -> ValidationFailed:
    return ValidationFailed(words, fields={field: [words]})
