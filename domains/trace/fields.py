"""The properties of a published row as pages show them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domains.trace import properties

HIDDEN = {"id", "slug", "name", "content"}
LEADS = ("summary", "description")
MOST_SHOWN = 40
"""How many related rows stand on a page; the rest is a number."""


@dataclass(frozen=True, slots=True)
class Related:
    """A row that another one leads to."""

    name: str
    slug: str
    kind: str


@dataclass(frozen=True, slots=True)
class Field:
    """One property for a page. `kind` is text, list, related, link, links, truth, number, moment, date or none.

    `more` is how many related rows there are beyond those in `value`.
    """

    label: str
    kind: str
    value: Any
    more: int = 0


def lead_of(row: Mapping[str, Any]) -> str:
    """Name of the property that says in a sentence what the row is; "" when it has none."""
    return next((key for key in LEADS if row.get(key)), "")


def fields_of(row: Mapping[str, Any], targets: Mapping[str, Related]) -> list[Field]:
    """Every property by name, but for those that head the page; `targets` are the related rows by id."""
    hidden = {*HIDDEN, lead_of(row)}
    return [_field(key, value, targets) for key, value in sorted(row.items()) if key not in hidden]


def ids_in(row: Mapping[str, Any]) -> list[str]:
    """Whatever may be the id of a related row."""
    lists = (value for value in row.values() if isinstance(value, list))
    return [item for value in lists for item in value if isinstance(item, str) and len(item) == 32]


def _field(key: str, value: Any, targets: Mapping[str, Related]) -> Field:
    label = key.replace("_", " ").capitalize()
    if isinstance(value, list) and value and all(isinstance(item, str) and item in targets for item in value):
        return _related(label, [targets[item] for item in value])
    if value is None or value in ("", []):
        return Field(label, "none", None)
    if isinstance(value, dict) and "start" in value:
        return Field(label, "date", value)
    if isinstance(value, list) and isinstance(value[0], dict):
        return Field(label, "links", [{**item, "safe": _may_follow(item.get("url"))} for item in value])
    if isinstance(value, list):
        return Field(label, "list", value)
    return Field(label, _scalar_kind(value), moment_of(value))


def _related(label: str, rows: Sequence[Related]) -> Field:
    ordered = sorted(rows, key=lambda row: row.name.casefold())
    return Field(label, "related", ordered[:MOST_SHOWN], max(0, len(ordered) - MOST_SHOWN))


def _may_follow(url: object) -> bool:
    """A link to another site over http, or to a file that Vault publishes."""
    return properties.safe_url(url) or (isinstance(url, str) and url.startswith("/trace/public/files/"))


def _scalar_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        return "number"
    if properties.safe_url(value):
        return "link"
    return "moment" if isinstance(moment_of(value), datetime) else "text"


def moment_of(value: Any) -> Any:
    """A text such as 2026-07-04T09:09:00.000Z as a moment; anything else as it is."""
    if not isinstance(value, str) or len(value) < 20 or value[10:11] != "T":
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value
