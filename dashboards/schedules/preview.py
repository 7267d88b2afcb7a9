"""The next times of a schedule, in the viewer's time zone and in its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.schedules.words import times_in_words
from domains.base.errors import ValidationFailed
from domains.orchestration import reads


@dataclass(frozen=True, slots=True)
class Preview:
    """`times` are pairs: the moment, and the same on the clock of the schedule's own zone. `fault` says why there are
    none; `is_empty` that nothing was typed yet.
    """

    words: str = ""
    zone: str = ""
    times: Sequence[tuple[datetime, str]] = ()
    fault: str = ""
    is_empty: bool = False


def preview(values: Mapping[str, Any]) -> Preview:
    """The next five times of these values."""
    if not values["cron"] and values["interval_s"] is None:
        return Preview(is_empty=True)
    try:
        found = reads.schedule_preview(values)
    except ValidationFailed as error:
        return Preview(fault=error.message)
    zone = str(values["time_zone"])
    words = times_in_words(str(values["cron"]), values["interval_s"], zone)
    return Preview(words, zone, [(at, _there(at, zone)) for at in found])


def preview_of(schedule: Any) -> Preview:
    """The next five times of a schedule."""
    names = ("cron", "interval_s", "time_zone")
    return preview({name: getattr(schedule, name) for name in names})


def _there(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y %H:%M")
