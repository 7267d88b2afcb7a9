"""Questions about what Club has put before readers."""

from __future__ import annotations

from domains.applications import reads as applications
from domains.club import published
from domains.club.models import Feature, FeaturePoint
from domains.club.published import endpoint_of
from domains.club.service import publications

DOCUMENTS = (published.HERO, published.FEATURES, published.INDEX)


def public_links() -> list[tuple[str, list[tuple[str, str]]]]:
    """Name of each published application with its public addresses, all of them first; empty before the first time."""
    current = publications.find(current=True)
    if current is None:
        return []
    names = [(info.slug, info.name) for info in applications.application_list(active_only=True)]
    shown = [("", "All"), *((slug, name) for slug, name in names if slug in current.applications)]
    return [(title, [(kind, endpoint_of(slug, kind)) for kind in DOCUMENTS]) for slug, title in shown]


def feature_links(feature: Feature, point: FeaturePoint | None) -> list[tuple[str, str]]:
    """What readers get of a feature: a day or a few words, and the address."""
    newest = endpoint_of(feature.application, published.PRESENT, feature.slug)
    dated = [(point.at.isoformat(), f"{newest}{point.at.isoformat()}/")] if point else []
    return [("Newest", newest), *dated, ("Every feature", endpoint_of(feature.application, published.FEATURES))]
