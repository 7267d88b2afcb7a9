"""Secrets that this process has dealt with, kept out of whatever it writes down: messages, tracebacks, log lines."""

from __future__ import annotations

import json
from threading import Lock

HIDDEN = "[hidden]"
SHORTEST = 4
"""Shorter texts are not looked for: they occur by chance."""
REMEMBERED = 256
_lock = Lock()
_newest: dict[str, None] = {}
_spellings: tuple[str, ...] = ()


def remember(secret: str) -> None:
    """Hide the text from now on, as long as it is among the newest REMEMBERED."""
    global _spellings
    if len(secret) < SHORTEST or secret in _newest:
        return
    with _lock:
        _newest[secret] = None
        while len(_newest) > REMEMBERED:
            del _newest[next(iter(_newest))]
        found = {spelling for text in _newest for spelling in (text, json.dumps(text)[1:-1], repr(text)[1:-1])}
        _spellings = tuple(sorted(found, key=len, reverse=True))


def forget_all() -> None:
    """Hide nothing any more, for tests."""
    global _spellings
    with _lock:
        _newest.clear()
        _spellings = ()


def without_secrets(text: str) -> str:
    """The text with each secret replaced, also where it is escaped."""
    for secret in _spellings:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text
