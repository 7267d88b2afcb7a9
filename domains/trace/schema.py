"""The properties of a data source: under which keys they are published, and which relations follow from others. Pure.

Properties are told by their ids, which stay when they are renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from domains.trace.rules import KINDS, snake_case

Spec = Mapping[str, Any]
Schema = Mapping[str, Spec]
TITLE, APPLICATIONS = "name", "applications"
RESERVED = ("id", TITLE, "content")
NAMED = frozenset({"multi_select", "select", "status"})


class Mapped(NamedTuple):
    """Public keys by property id, the former names of what was renamed, and the names of what is gone."""

    keys: dict[str, str]
    renamed: dict[str, str]
    gone: list[str]


def by_id(schema: Schema) -> dict[str, Spec]:
    """The properties by their ids."""
    return {spec["id"]: spec for spec in schema.values()}


def map_keys(schema: Schema, former: Schema, keys: Mapping[str, str]) -> Mapped:
    """The keys of a schema. What had one keeps it; what is new gets its name in snake case, made unique."""
    now, before = by_id(schema), by_id(former)
    kept = {identity: key for identity, key in keys.items() if identity in now}
    for identity, spec in sorted(now.items(), key=lambda item: (item[1]["type"] != "title", item[1]["name"])):
        if identity not in kept:
            kept[identity] = TITLE if spec["type"] == "title" else _free_key(spec["name"], set(kept.values()))
    renamed = {
        identity: before[identity]["name"]
        for identity in now.keys() & before.keys()
        if before[identity]["name"] != now[identity]["name"]
    }
    gone = [before[identity]["name"] if identity in before else keys[identity] for identity in keys.keys() - now.keys()]
    return Mapped(kept, renamed, sorted(gone))


def _free_key(name: str, taken: set[str]) -> str:
    wanted = snake_case(name) or "property"
    names = [wanted, *(f"{wanted}_{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken and name not in RESERVED)


def has_changed(schema: Schema, former: Schema) -> bool:
    """Whether values of rows may differ though nobody edited them: a property or an option came, went or changed."""
    return _without_names(schema) != _without_names(former)


def _without_names(schema: Schema) -> dict[str, dict[str, Any]]:
    return {i: {k: v for k, v in spec.items() if k not in {"name", "description"}} for i, spec in by_id(schema).items()}


class Back(NamedTuple):
    """A relation that follows from another one: `forward` is the property id of the other, on rows of `kind`."""

    kind: str
    forward: str


def back_relations(schema: Schema, kind: str, kinds: Mapping[str, str]) -> dict[str, Back]:
    """The relations of a kind, by property id, that are the other side of one that is kept.

    `kinds` leads from data source ids to kinds. Of two sides the one on the earlier kind is kept, of two on one kind
    the one whose id comes first.
    """
    found = {}
    for spec in schema.values():
        relation = spec.get("relation") or {} if spec["type"] == "relation" else {}
        dual = relation.get("dual_property") or {}
        other = kinds.get(relation.get("data_source_id", ""))
        if other is None or not dual.get("synced_property_id"):
            continue
        if (KINDS.index(other), dual["synced_property_id"]) < (KINDS.index(kind), spec["id"]):
            found[spec["id"]] = Back(other, dual["synced_property_id"])
    return found


def private_formulas(schema: Schema, private: set[str]) -> set[str]:
    """Ids of the formulas that mention one of these properties, by name or by id."""
    words = {word for spec in schema.values() if spec["id"] in private for word in (spec["name"], spec["id"])}
    return {
        spec["id"]
        for spec in schema.values()
        if spec["type"] == "formula"
        and any(word in ((spec.get("formula") or {}).get("expression") or "") for word in words)
    }
