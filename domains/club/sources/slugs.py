"""Addresses for features that a test has found. Pure."""

from __future__ import annotations

import re

from domains.club.rules import slug_fault


class Slugs:
    """Gives each feature an address that no other one has."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def of(self, name: str, prefix: str) -> str:
        """The name as an address; with the prefix, then a number, where it is none or given already."""
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80].strip("-")
        candidates = [plain, f"{prefix}-{plain}" if plain else prefix]
        candidates += [f"{candidates[1]}-{number}" for number in range(2, len(self.taken) + 3)]
        slug = next(each for each in candidates if each not in self.taken and not slug_fault(each))
        self.taken.add(slug)
        return slug
