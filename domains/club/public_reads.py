"""Questions about what Club has put before readers."""

from __future__ import annotations

from domains.applications import reads as applications
from domains.club.service import publications

DOCUMENTS = ("hero-metrics", "features", "index")


def public_address(application: str, name: str) -> str:
    """The address of a document, of all applications when `application` is ""."""
    return f"/club/public/{application}/{name}/" if application else f"/club/public/{name}/"


def public_links() -> list[tuple[str, list[tuple[str, str]]]]:
    """Name of each published application with its public addresses, all of them first; empty before the first time."""
    current = publications.find(current=True)
    if current is None:
        return []
    names = [(info.slug, info.name) for info in applications.application_list(active_only=True)]
    shown = [("", "All"), *((slug, name) for slug, name in names if slug in current.applications)]
    return [(title, [(name, public_address(slug, name)) for name in DOCUMENTS]) for slug, title in shown]
