"""What a source may be: all faults at once, by field. Pure, but for what its kind looks up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domains.base.json_values import is_storable
from domains.club.rules import slug_fault
from domains.club.sources.base import ConfigField, FeatureSpec, SourceKind

Faults = dict[str, list[str]]
MOST_FEATURES, MOST_LINES, LONGEST = 100, 100, 4000
NAME_LENGTH, FEATURE_NAME_LENGTH = 100, 200
REQUIRED = "This field is required."


def source_faults(values: Mapping[str, Any], kind: SourceKind) -> Faults:
    """The faults of a whole source, by fields such as `config.url` and `features.0.slug`; empty when it fits."""
    config, features = values["config"], values["features"]
    found = {"name": _name_faults(values["name"], NAME_LENGTH), "active": _flag_faults(values["active"])}
    found |= _entries_faults("config", kind.fields, config)
    found |= _features_faults(kind, features)
    found = {name: faults for name, faults in found.items() if faults}
    if found:
        return found
    return kind.check(config, specs_of(features))


def specs_of(features: Sequence[Mapping[str, Any]]) -> list[FeatureSpec]:
    """Features as a kind sees them, from how they are stored."""
    return [FeatureSpec(each["slug"], each["name"], each["select"]) for each in features]


def cleaned(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored: texts without blanks around them, features with nothing but their three parts."""
    found = dict(values)
    for name in found.keys() & {"name", "application", "kind"}:
        found[name] = _stripped(found[name])
    if isinstance(found.get("config"), Mapping):
        found["config"] = {name: _stripped(value) for name, value in found["config"].items()}
    if isinstance(found.get("features"), list):
        found["features"] = [_clean_feature(each) for each in found["features"]]
    return found


def _clean_feature(given: Any) -> Any:
    if not isinstance(given, Mapping):
        return given
    select = given.get("select") or {}
    plain = {name: _stripped(value) for name, value in select.items()} if isinstance(select, Mapping) else select
    return {"slug": _stripped(given.get("slug", "")), "name": _stripped(given.get("name", "")), "select": plain}


def _stripped(value: Any) -> Any:
    if isinstance(value, list):
        return [_stripped(each) for each in value]
    return value.strip() if isinstance(value, str) else value


def _features_faults(kind: SourceKind, features: Any) -> Faults:
    if not isinstance(features, list) or not all(isinstance(each, Mapping) for each in features):
        return {"features": ["Give a list of features."]}
    if len(features) > MOST_FEATURES:
        return {"features": [f"One source has at most {MOST_FEATURES} features. Make a second source for the others."]}
    found: Faults = {}
    seen: set[str] = set()
    for place, each in enumerate(features):
        at = f"features.{place}"
        slug = each["slug"] if isinstance(each["slug"], str) else ""
        fault = slug_fault(slug) or ("This source has two features of this address." if slug in seen else "")
        found[f"{at}.slug"] = [fault] if fault else []
        found[f"{at}.name"] = _name_faults(each["name"], FEATURE_NAME_LENGTH)
        found |= _entries_faults(at, kind.select_fields, each["select"])
        seen.add(slug)
    return found


def _entries_faults(at: str, entries: Sequence[ConfigField], values: Any) -> Faults:
    if not isinstance(values, Mapping):
        return {at: ["Give an object."]}
    known = {entry.name: entry for entry in entries}
    found = {f"{at}.{name}": ["There is no such field."] for name in map(str, values) if name not in known}
    for name, entry in known.items():
        if name in values:
            found[f"{at}.{name}"] = _entry_faults(entry, values[name])
        elif entry.required:
            found[f"{at}.{name}"] = [REQUIRED]
    return found


def _entry_faults(entry: ConfigField, value: Any) -> list[str]:
    if entry.type == "flag":
        return _flag_faults(value)
    if entry.type == "number":
        return [] if isinstance(value, int) and not isinstance(value, bool) else ["Enter a whole number."]
    if entry.type == "lines":
        fits = isinstance(value, list) and len(value) <= MOST_LINES and all(_is_text(line) for line in value)
        return [] if fits else [f"Give a list of at most {MOST_LINES} lines."]
    if not _is_text(value):
        return [f"Enter a text of at most {LONGEST:,} characters."]
    if entry.required and not value:
        return [REQUIRED]
    if entry.type == "choice" and value not in {"", *(name for name, _ in entry.choices)}:
        return [f"Choose one of {', '.join(name for name, _ in entry.choices if name)}."]
    return []


def _name_faults(value: Any, most: int) -> list[str]:
    if not isinstance(value, str) or not value:
        return [REQUIRED]
    return [] if is_storable(value) and len(value) <= most else [f"Use at most {most} characters."]


def _flag_faults(value: Any) -> list[str]:
    return [] if isinstance(value, bool) else ["Say true or false."]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST and is_storable(value)
