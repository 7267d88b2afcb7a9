"""Link headers (RFC 8288). Pure. Targets may hold commas and semicolons, and quoted values anything."""

from __future__ import annotations

import re

LINK = re.compile(r"\s*<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)\s*(?:,|$)")
PARAMETER = re.compile(r";\s*([^\s=;,]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*))")


def links(header: str) -> dict[str, str]:
    """Targets by relation, in lower case. The first link of a relation counts; what is no link ends the list."""
    found: dict[str, str] = {}
    place = 0
    while match := LINK.match(header, place):
        place = match.end()
        for relation in _relations(match[2]):
            found.setdefault(relation, match[1].strip())
    return found


def _relations(parameters: str) -> list[str]:
    """The relations of one link: only the first `rel` counts, and it may name several."""
    for name, quoted, plain in PARAMETER.findall(parameters):
        if name.lower() == "rel":
            return str(quoted or plain).lower().split()
    return []
