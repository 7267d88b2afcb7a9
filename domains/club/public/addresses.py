"""The addresses of Club's public JSON, as the API log calls them. Pure."""

from __future__ import annotations

from domains.club.published import FEATURES, HERO, HISTORY, INDEX, PREFIX, PRESENT

OPENAPI = "openapi.json"
WORDS = (FEATURES, HERO, HISTORY, INDEX, OPENAPI)
OTHER = "other"


def named(path: str) -> tuple[str, str]:
    """What the API log calls an address: its endpoint and its application."""
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    if PRESENT in parts[1:3]:
        place = parts.index(PRESENT, 1)
        return _with_day(PRESENT, parts[place + 1 :]), parts[0] if place == 2 else ""
    application, rest = ("", parts) if parts[0] in WORDS else (parts[0], parts[1:])
    if not rest or rest[0] not in WORDS:
        return OTHER, ""
    return _with_day(rest[0], rest[1:]), application


def _with_day(endpoint: str, rest: list[str]) -> str:
    return f"{endpoint}/…" if rest else endpoint
