"""Values that follow from other rows: the other side of a relation, and what a rollup tells. Pure.

Notion computes both over the first 25 related rows and does not move a row's edit time when they change, so they are
taken from complete forward relations instead.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from domains.trace import schema
from domains.trace.rules import Related, Row
from domains.trace.schema import Schema

Rows = Mapping[str, Sequence[Row]]
Keys = Mapping[str, Mapping[str, str]]
"""Public keys by property id, by kind."""
Values = list[Any]


class Rollup(NamedTuple):
    """A rollup that can be computed: over which field of the rows that which field leads to, and how."""

    through: str
    over: str
    function: Callable[[Values], Any]


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of the data sources: schemas and public keys by kind, kinds by data source id.

    `private` are the fields, by kind and key, that no other field may show.
    """

    schemas: Mapping[str, Schema]
    keys: Keys
    kinds: Mapping[str, str]
    private: Container[tuple[str, str]] = ()


def derive(rows: Rows, model: Model) -> None:
    """Set back-relations and rollups on the rows. Relations of the rows must lead to rows that are there."""
    for kind, properties in model.schemas.items():
        for identity, back in schema.back_relations(properties, kind, model.kinds).items():
            forward = model.keys[back.kind].get(back.forward)
            if forward is not None:
                _turn_round(rows[back.kind], forward, rows[kind], model.keys[kind][identity])
    by_id = {row["id"]: row for group in rows.values() for row in group}
    for kind, properties in model.schemas.items():
        for spec in properties.values():
            if spec["type"] == "rollup" and (rollup := _rollup_of(spec, kind, model)):
                own = model.keys[kind][spec["id"]]
                for row in rows[kind]:
                    related = [by_id[item] for item in row.get(rollup.through) or () if item in by_id]
                    row[own] = rollup.function([item.get(rollup.over) for item in related])


def _turn_round(sources: Sequence[Row], forward: str, targets: Sequence[Row], key: str) -> None:
    leading: dict[str, list[Row]] = defaultdict(list)
    for row in sources:
        for target in row.get(forward) or ():
            leading[target].append(row)
    for row in targets:
        found = sorted(leading[row["id"]], key=lambda item: (item["name"].casefold(), item["id"]))
        row[key] = Related(item["id"] for item in found)


def _rollup_of(spec: Mapping[str, Any], kind: str, model: Model) -> Rollup | None:
    """How to compute a rollup; None when not all it needs is among the rows, so that Notion's own value stays."""
    rollup = spec["rollup"]
    relation = schema.by_id(model.schemas[kind]).get(rollup.get("relation_property_id", ""), {})
    target = model.kinds.get((relation.get("relation") or {}).get("data_source_id", ""))
    function = FUNCTIONS.get(rollup.get("function", ""))
    if target is None or function is None:
        return None
    over = "id" if function is len else model.keys[target].get(rollup.get("rollup_property_id", ""))
    if over is None:
        return None
    if (target, over) in model.private:
        return Rollup(model.keys[kind][relation["id"]], over, _nothing)
    return Rollup(model.keys[kind][relation["id"]], over, function)


def _nothing(values: Values) -> None:
    """What is told of private values."""


def _filled(values: Values) -> Values:
    return [value for value in values if value is not None and value is not False and value != "" and value != []]


def _numbers(values: Values) -> list[float]:
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def _days(values: Values) -> list[str]:
    found = (value.get("start") if isinstance(value, dict) else value for value in values)
    return [day for day in found if isinstance(day, str)]


def _of_numbers(function: Callable[[list[float]], float]) -> Callable[[Values], Any]:
    return lambda values: function(found) if (found := _numbers(values)) else None


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _distinct(values: Values) -> Values:
    found: Values = []
    for value in _flat(values):
        if value not in found:
            found.append(value)
    return found


def _flat(values: Values) -> Values:
    return [item for value in _filled(values) for item in (value if isinstance(value, list) else [value])]


def _edge_day(values: Values, choose: Callable[[list[str]], str]) -> Any:
    days = _days(values)
    return {"start": choose(days), "end": None, "time_zone": None} if days else None


FUNCTIONS: dict[str, Callable[[Values], Any]] = {
    "count": len,
    "count_values": lambda values: len(_flat(values)),
    "unique": lambda values: len(_distinct(values)),
    "empty": lambda values: len(values) - len(_filled(values)),
    "not_empty": lambda values: len(_filled(values)),
    "percent_empty": lambda values: _share(len(values) - len(_filled(values)), len(values)),
    "percent_not_empty": lambda values: _share(len(_filled(values)), len(values)),
    "checked": lambda values: sum(value is True for value in values),
    "unchecked": lambda values: sum(value is not True for value in values),
    "percent_checked": lambda values: _share(sum(value is True for value in values), len(values)),
    "percent_unchecked": lambda values: _share(sum(value is not True for value in values), len(values)),
    "sum": lambda values: sum(_numbers(values)),
    "average": _of_numbers(statistics.fmean),
    "median": _of_numbers(statistics.median),
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "range": _of_numbers(lambda found: max(found) - min(found)),
    "earliest_date": lambda values: _edge_day(values, min),
    "latest_date": lambda values: _edge_day(values, max),
    "show_original": list,
    "show_unique": _distinct,
}
