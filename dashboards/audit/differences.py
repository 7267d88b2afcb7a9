"""What changed, field by field, in a form that reads: pairs for short values, items for lists, lines for the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

MAX_LINES = 400
SHORT = 120
Words = Callable[[str, Any], str | None]
Marked = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field. `before` and `after` are words, None for not there; `parts` are ("+", "-" or " ", text)."""

    label: str
    before: str | None = None
    after: str | None = None
    items: tuple[Marked, ...] = ()
    lines: tuple[Marked, ...] = ()
    reordered: bool = False


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, words: Words | None = None
) -> list[Difference]:
    """One Difference for each field of either side, by name, since not every database keeps the order.

    `words(field, value)` may put a value into words; None leaves it to the general form.
    """
    old, new = before or {}, after or {}
    return [_difference(name, old.get(name), new.get(name), words) for name in sorted({**old, **new})]


def _difference(name: str, old: Any, new: Any, words: Words | None) -> Difference:
    label = name.replace("_", " ").replace(".", ": ", 1).capitalize()
    said = (_said(name, old, words), _said(name, new, words))
    if any(said):
        return Difference(label, *said, lines=_lines(old, new))
    if _is_plain_list(old) and _is_plain_list(new) and (old or new):
        return _list_difference(label, old or [], new or [])
    if _is_short(old) and _is_short(new):
        return Difference(label, _text(old), _text(new))
    return Difference(label, lines=_lines(old, new))


def _said(name: str, value: Any, words: Words | None) -> str | None:
    return words(name, value) if words and value is not None else None


def _list_difference(label: str, old: list[Any], new: list[Any]) -> Difference:
    kept = [(" ", _text(item) or "") for item in new if item in old]
    added = [("+", _text(item) or "") for item in new if item not in old]
    removed = [("-", _text(item) or "") for item in old if item not in new]
    reordered = [item for item in old if item in new] != [item for item in new if item in old]
    return Difference(label, items=tuple(removed + added + kept)[:MAX_LINES], reordered=reordered)


def _lines(old: Any, new: Any) -> tuple[Marked, ...]:
    left, right = _pretty(old), _pretty(new)
    lines: list[Marked] = []
    for kind, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [(" ", line) for line in left[a:b]]
        else:
            lines += [("-", line) for line in left[a:b]] + [("+", line) for line in right[c:d]]
    return tuple(lines)


def _pretty(value: Any) -> list[str]:
    if value is None:
        return []
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text.splitlines()[:MAX_LINES]


def _is_plain_list(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(not isinstance(item, list | dict) for item in value))


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= SHORT and "\n" not in value
    return not isinstance(value, dict | list) or not value


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
