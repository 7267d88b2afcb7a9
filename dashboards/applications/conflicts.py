"""Two people editing one application: what the other one changed, and what is left for the second to decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards.audit.differences import Difference, differences
from domains.applications import reads
from domains.applications.rules import DATA_TYPES
from domains.audit.reads import object_events

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Who saved in between and when; `theirs` is what they changed, `both` what both changed differently.

    `values` are those to show in the form: the second editor's, but theirs where the second had changed nothing.
    """

    by: str
    at: datetime
    theirs: list[Difference]
    both: list[Difference]
    values: Values


def overtaken(now: reads.ApplicationInfo, version: int, mine: Values) -> Overtaken | None:
    """What happened since `version`, against the values that the second editor sent; None when nothing did."""
    events = list(object_events(reads.OBJECT_TYPE, now.uuid.hex)[: max(0, now.version - version)])
    if not events:
        return None
    base, theirs = _since(events)
    sent = _flat(mine)
    both = {name: value for name, value in theirs.items() if name in sent and sent[name] not in (base[name], value)}
    taken = {name: value for name, value in theirs.items() if name in sent and name not in both}
    return Overtaken(
        by=events[0].actor_name,
        at=events[0].at,
        theirs=differences(base, theirs, say),
        both=differences(both, {name: sent[name] for name in both}, say),
        values=_nested(sent | taken),
    )


def say(name: str, value: Any) -> str | None:
    """A filter rule in words; nothing for other fields."""
    if not name.startswith("filters.") or not isinstance(value, dict):
        return None
    return reads.rule_words(value)


def _since(events: list[Any]) -> tuple[Values, Values]:
    base: Values = {}
    theirs: Values = {}
    for event in reversed(events):
        for name, value in (event.after or {}).items():
            base.setdefault(name, (event.before or {}).get(name))
            theirs[name] = value
    changed = [name for name in theirs if theirs[name] != base[name]]
    return {name: base[name] for name in changed}, {name: theirs[name] for name in changed}


def _flat(values: Mapping[str, Any]) -> Values:
    filters = {f"filters.{name}": values["filters"].get(name) for name in DATA_TYPES}
    return {name: value for name, value in values.items() if name != "filters"} | filters


def _nested(flat: Values) -> Values:
    filters = {
        name.removeprefix("filters."): value for name, value in flat.items() if name.startswith("filters.") and value
    }
    return {name: value for name, value in flat.items() if not name.startswith("filters.")} | {"filters": filters}
