"""Whether the values of a schedule can be its values, with the faults by field, in words for the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from domains.base.errors import ValidationFailed
from domains.base.time_zones import time_zones
from domains.orchestration.calls import check_call
from domains.orchestration.schedule_policy import next_time
from domains.orchestration.start import MAX_PRIORITY
from domains.orchestration.states import CatchUp, Overlap, Queue

SHORTEST_S = 60
LONGEST_S = 366 * 86_400
CHOICES: dict[str, list[str]] = {
    "queue": [str(value) for value in Queue.values],
    "overlap": [str(value) for value in Overlap.values],
    "catch_up": [str(value) for value in CatchUp.values],
}
RANGES = {"priority": (-MAX_PRIORITY, MAX_PRIORITY), "catch_up_window_s": (0, LONGEST_S)}


def validate(values: Mapping[str, Any]) -> None:
    """Raise ValidationFailed with the faults by field unless the values, columns of Schedule, make a schedule. Values
    that are left out take their defaults.
    """
    faults: dict[str, list[str]] = {}
    for check in (_name, _times, _target, _choices):
        for field, words in check(values).items():
            faults.setdefault(field, []).append(words)
    if faults:
        raise ValidationFailed(" ".join(text for words in faults.values() for text in words), fields=faults)


def _name(values: Mapping[str, Any]) -> dict[str, str]:
    name, application = str(values.get("name") or "").strip(), str(values.get("application") or "")
    faults = {}
    if not 0 < len(name) <= 100:
        faults["name"] = "A schedule has a name of at most 100 characters."
    if len(application) > 64:
        faults["application"] = "An application's name has at most 64 characters."
    return faults


def _times(values: Mapping[str, Any]) -> dict[str, str]:
    cron, interval = values.get("cron") or "", values.get("interval_s")
    zone = values.get("time_zone") or "UTC"
    faults = {}
    if zone not in time_zones():
        faults["time_zone"] = f"“{zone}” is no time zone, such as Europe/Berlin."
    if bool(cron) == (interval is not None):
        faults["cron"] = "Give a cron expression, such as “0 3 * * *”, or an interval, not both."
    elif interval is not None:
        if not _is_number(interval, SHORTEST_S, LONGEST_S):
            faults["interval_s"] = f"An interval is a whole number of seconds, from {SHORTEST_S} to {LONGEST_S}."
    elif len(str(cron)) > 100:
        faults["cron"] = "A cron expression has at most 100 characters."
    elif not faults:
        try:
            next_time({"cron": cron, "time_zone": zone}, timezone.now())
        except ValidationFailed as error:
            faults["cron"] = error.message
    return faults


def _target(values: Mapping[str, Any]) -> dict[str, str]:
    orchestrator, method = str(values.get("orchestrator") or ""), str(values.get("method") or "")
    try:
        check_call(orchestrator, method, values.get("args", {}), by_code=bool(values.get("built_in")))
    except ValidationFailed as error:
        return {field: words for field, (words,) in error.fields.items()}
    return {}


def _choices(values: Mapping[str, Any]) -> dict[str, str]:
    faults = {}
    for field, allowed in CHOICES.items():
        if (given := values.get(field, allowed[0])) not in allowed:
            faults[field] = f"“{given}” is none of {', '.join(allowed)}."
    for field, (least, most) in RANGES.items():
        if not _is_number(values.get(field, 0), least, most):
            faults[field] = f"This is a whole number from {least} to {most}."
    return faults


def _is_number(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
