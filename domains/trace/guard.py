"""Whether an export has lost so much that a person should look before readers lose it too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from domains.trace.rules import DATA_TYPES, BuiltDocument

LEAST = 5
"""So few rows may always go: a share says nothing of them."""
_ROW = re.compile(rb'\{"id":"([0-9a-f]{32})","slug":')
Ids = Mapping[tuple[str, str], set[str]]
"""Ids of the rows of documents, by application and kind."""


def ids_of(document: BuiltDocument) -> set[str]:
    """Ids of the rows of a document."""
    return {found.decode() for found in _ROW.findall(document.data)}


def reason_to_hold(before: Ids, after: Ids, most: float) -> str:
    """Why the documents should wait for approval, as a sentence; "" when not more than the share `most` is gone.

    An application that is no longer published is no loss: somebody has switched it off.
    """
    kept = {application for application, _ in after}
    losses = [
        _words(application, kind, len(ids - after.get((application, kind), set())), len(ids))
        for (application, kind), ids in sorted(before.items())
        if application in kept and _is_loss(len(ids - after.get((application, kind), set())), len(ids), most)
    ]
    return f"This export has lost {_joined(losses)}." if losses else ""


def _is_loss(gone: int, former: int, most: float) -> bool:
    return gone > LEAST and gone > most * former


def _words(application: str, kind: str, gone: int, former: int) -> str:
    of = f" of {application}" if application else ""
    name = kind if former != 1 else DATA_TYPES[kind]
    return f"{gone:,} of {former:,} {name}{of}"


def _joined(parts: Iterable[str]) -> str:
    found = list(parts)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"
