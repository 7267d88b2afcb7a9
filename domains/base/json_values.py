"""What comes in as JSON from outside: its kinds in words, and the text that no database stores. Pure."""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "nothing",
}


def kind_of(value: object) -> str:
    """What a JSON value is, in words: "a text", "an object", "nothing" for null."""
    return _KINDS.get(type(value), type(value).__name__)


def is_storable(text: str) -> bool:
    """Whether a database stores the text: it holds no NUL and no surrogate without its other half."""
    return "\x00" not in text and (text.isascii() or _HALF.search(text) is None)


def storable(text: str) -> str:
    """The text without NUL, and with a question mark for each surrogate without its other half."""
    return text.replace("\x00", "").encode(errors="replace").decode()
