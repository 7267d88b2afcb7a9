"""A rule's value as the text of one input, and back, without loss.

Numbers, true and false are written bare; a text that would read as one of them, or that holds what parts a list, is
written in double quotes as in JSON. Lists are parted by commas.
"""

from __future__ import annotations

import json
import re
from typing import Any

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")
_BARE = re.compile(r'[^",]*')


def show_value(value: Any) -> str:
    """The text that `read_value` reads as this value; "" for none."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_show(item) for item in value)
    return _show(value)


def read_value(text: str, takes: str) -> Any:
    """The value of what was typed; None for nothing. `takes` is the operator's kind of value.

    Raises ValueError, in words, for a quotation that does not end.
    """
    text = text.strip()
    if not text:
        return None
    if takes == "list":
        return [_read(item) for item in _items(text)]
    if takes == "text" and not _QUOTED.fullmatch(text):
        return text
    return _read(text)


def _show(value: Any) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    plain = value == value.strip() and value and "," not in value and '"' not in value and _read(value) == value
    return value if plain else json.dumps(value, ensure_ascii=False)


def _read(text: str) -> Any:
    if _QUOTED.fullmatch(text) or text in ("true", "false") or _NUMBER.fullmatch(text):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _items(text: str) -> list[str]:
    items, at = [], 0
    while at < len(text):
        while text[at : at + 1].isspace():
            at += 1
        found = (_QUOTED if text[at : at + 1] == '"' else _BARE).match(text, at)
        if found is None:
            raise ValueError("A quotation mark is opened and not closed.")
        at = found.end()
        rest = re.compile(r"\s*(,|$)").match(text, at)
        if rest is None:
            raise ValueError("Put a comma between values, and texts with a comma in double quotes.")
        if item := found.group().strip():
            items.append(item)
        at = rest.end() if rest.group(1) else len(text)
    return items
