"""The addresses of public JSON, taken apart. Pure."""

from __future__ import annotations

from collections.abc import Collection

from domains.trace.rules import INDEX, KINDS, MATRIX, SNAPSHOTS

PREFIX = "/trace/public/"
FILES, OPENAPI = "files", "openapi.json"
WORDS = (*KINDS, MATRIX, INDEX, SNAPSHOTS, FILES, OPENAPI)
"""What an address begins with when it names no application."""
OTHER = "other"


def parts_of(path: str, applications: Collection[str]) -> list[str]:
    """The application that an address names, "" for none, and what follows it."""
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    return parts if parts[0] in applications else ["", *parts]


def named(path: str) -> tuple[str, str]:
    """What the API log calls an address: its endpoint and its application."""
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    application, rest = ("", parts) if parts[0] in WORDS else (parts[0], parts[1:])
    if not rest or rest[0] not in WORDS:
        return OTHER, ""
    if rest[0] == "features" and len(rest) == 2:
        return "feature", application
    return (f"{SNAPSHOTS}/…" if rest[0] == SNAPSHOTS and len(rest) > 1 else rest[0]), application
