"""Statuses in plain words. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from domains.club.sources.base import Answered

WORDS = {
    400: "does not understand the question",
    401: "wants to know who asks, or does not accept the secret",
    403: "does not let Vault see {path}, or does not accept the secret",
    404: "has nothing at {path}, or shows it only with another key",
    410: "has taken {path} away",
    422: "does not understand the question",
    451: "may not show {path} for legal reasons",
}


def in_words(answer: Answered) -> str:
    """A sentence about an answer of 400 or above. The query is left out, since it may hold what is private."""
    parts = urlsplit(answer.url)
    host = parts.netloc.rpartition("@")[2]
    if answer.status >= 500:
        return f"{host} has a fault of its own (status {answer.status}). It may pass."
    said = WORDS.get(answer.status, "refuses").format(path=parts.path[:100])
    return f"{host} {said} (status {answer.status})."
