"""What readers of Club get: where its files are, its documents as ready bytes, and their addresses and names."""

from __future__ import annotations

from datetime import date

from domains.club.models import ClubPublication
from domains.club.service import publications
from domains.publishing.shelf import Library, Shelf
from domains.publishing.store import Store

PREFIX = "/club/public/"
HERO, FEATURES, INDEX, HISTORY, PRESENT = "hero-metrics", "features", "index", "history", "most-present"
"""The kinds of documents; there is one of the last kind for each feature."""
INDEX_FILE = "club_index.json"

store = Store("club", INDEX_FILE, {HERO, PRESENT}.__contains__)
library = Library(store, Shelf, "Collect the figures of Club, then ask again.")


def endpoint_of(application: str, kind: str, feature: str = "") -> str:
    """Address of a public document."""
    parts = [part for part in (application, feature, kind) if part]
    return f"{PREFIX}{'/'.join(parts)}/"


def name_of(kind: str, feature: str = "") -> str:
    """Name of a document's file, without its ending."""
    return f"{feature}-{kind}" if feature else kind


def kind_and_feature(name: str) -> tuple[str, str]:
    """What `name_of` has made a name of."""
    feature = name.removesuffix(f"-{PRESENT}")
    return (PRESENT, feature) if feature != name else (name, "")


def current() -> ClubPublication | None:
    """What readers get now; None before the first publication."""
    return publications.current()


def current_day() -> date | None:
    """Day of the newest figures that readers get; None before the first publication."""
    found = current()
    return found.day if found else None
