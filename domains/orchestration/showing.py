"""Encoded values as people may see them: plain JSON, with everything secret replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domains.orchestration.codec import TAG
from domains.orchestration.failures import HIDDEN, masked

HIDDEN_TAG = "secret"


@dataclass(frozen=True, slots=True)
class Change:
    """What a step made of one context key. `old` and `new` are plain JSON; `is_new` says that the key had no value."""

    key: str
    old: Any
    new: Any
    is_new: bool


def shown(value: Any) -> Any:
    """An encoded value as plain JSON: dates, numbers and names as text, secrets and what names one as "[hidden]".

    Nothing is decrypted and no row is fetched.
    """
    return masked(_plain(value))


def changes(deltas: Iterable[Mapping[str, Any]]) -> list[tuple[Change, ...]]:
    """For each of the deltas, in the order in which they were committed, what it changed and from what, by key."""
    state: dict[str, Any] = {}
    found = []
    for delta in deltas:
        plain: dict[str, Any] = {key: shown({key: delta[key]})[key] for key in sorted(delta)}
        found.append(tuple(Change(key, state.get(key), value, key not in state) for key, value in plain.items()))
        state.update(plain)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if TAG in value:
        return _tagged(value)
    return {name: _plain(item) for name, item in value.items()}


def _tagged(value: dict[str, Any]) -> Any:
    kind: str = value[TAG]
    content: Any = value.get("v")
    if kind == HIDDEN_TAG:
        return HIDDEN
    if kind == "float":
        return float(content)
    if isinstance(content, list):
        return " ".join(str(_plain(part)) for part in content)
    return str(kind) if content is None else content
