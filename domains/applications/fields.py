"""What an application's values must look like. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from domains.applications.rules import DATA_TYPES, text_fault, validate_rule

FIELDS = ("slug", "name", "description", "features", "filters", "active", "position")
OF_TRACE = {"trace", "features", "gateways", "tiers", "tags", "matrix", "index", "snapshots", "files"}
OF_CLUB = {"club", "hero-metrics", "history"}
RESERVED = {"new"} | OF_TRACE | OF_CLUB
"""Words of public addresses, and folders beside those of applications."""
MAX_FEATURES = 100
MAX_POSITION = 32_767
_SLUG = re.compile(r"[a-z0-9](-?[a-z0-9])*")
_FEATURE = re.compile(r"[a-z0-9]([_-]?[a-z0-9])*")

Faults = dict[str, list[str]]


def application_faults(values: Mapping[str, Any], functions: Collection[str]) -> Faults:
    """What is wrong, by field; empty when all is well. Only the fields that are given are looked at."""
    checks = {
        "slug": _slug,
        "name": _name,
        "description": _description,
        "features": _features,
        "active": _active,
        "position": _position,
    }
    faults: Faults = {
        name: found for name, check in checks.items() if name in values and (found := check(values[name]))
    }
    for name in [name for name in values if name not in FIELDS]:
        faults[name] = ["There is no such field."]
    if "filters" in values and (found := filter_faults(values["filters"], functions)):
        faults["filters"] = found
    return faults


def filter_faults(filters: object, functions: Collection[str]) -> list[str]:
    """What is wrong with the rules, each fault led by its path, such as `feature.and[1].operator`."""
    if not isinstance(filters, dict):
        return ["Must be an object of rules by data type."]
    kinds = ", ".join(DATA_TYPES)
    unknown = [f"{str(key)[:40]}: no such data type; use one of {kinds}" for key in filters if key not in DATA_TYPES]
    given = [key for key in DATA_TYPES if key in filters]
    known = [fault for key in given for fault in validate_rule(filters[key], at=key, functions=functions)]
    return unknown[:5] + [str(fault) for fault in known]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of `after` that differ, as they were and as they are; each filter counts as a field of its own."""
    old, new = flat(before), flat(after)
    touched = defaultdict(list)
    for name in {**old, **new}:
        owner = name.split(".")[0]
        if owner in after and old.get(name) != new.get(name):
            touched[owner].append(name)
    names = [name for owner in FIELDS for name in touched[owner]]
    return {name: old.get(name) for name in names}, {name: new.get(name) for name in names}


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with `filters` taken apart: {"name": …, "filters.feature": …}."""
    rest = {name: value for name, value in values.items() if name != "filters"}
    return rest | {f"filters.{key}": rule for key, rule in (values.get("filters") or {}).items()}


def _slug(value: object) -> list[str]:
    if not isinstance(value, str) or not _SLUG.fullmatch(value) or len(value) > 63:
        return ["Use 1 to 63 lower-case letters, digits and single hyphens, such as skyflow or sky-flow-2."]
    return [f"The address {value} is taken by Vault itself."] if value in RESERVED else []


def _name(value: object) -> list[str]:
    if not isinstance(value, str) or not value.strip():
        return ["Give the application a name."]
    fault = text_fault(value, 100)
    return [f"A name may have {fault}." if fault.startswith("at most") else f"The name {fault}."] if fault else []


def _description(value: object) -> list[str]:
    if not isinstance(value, str):
        return ["Must be a text."]
    fault = text_fault(value, 2000)
    return [f"The description: {fault}."] if fault else []


def _features(value: object) -> list[str]:
    if not isinstance(value, list):
        return ["Must be a list of feature keys."]
    if len(value) > MAX_FEATURES:
        return [f"At most {MAX_FEATURES} features, this lists {len(value)}."]
    wrong = [item for item in value if not isinstance(item, str) or len(item) > 64 or not _FEATURE.fullmatch(item)]
    twice = sorted({str(item) for item in value if value.count(item) > 1})
    return [
        *(f"{str(item)[:64]!r} is no feature key: use lower-case letters, digits, - and _." for item in wrong[:5]),
        *(f"{item} is listed more than once." for item in twice[:5]),
    ]


def _active(value: object) -> list[str]:
    return [] if isinstance(value, bool) else ["Must be true or false."]


def _position(value: object) -> list[str]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return [] if whole and 0 <= value <= MAX_POSITION else [f"Must be a whole number from 0 to {MAX_POSITION}."]  # type: ignore[operator]
