"""How old the published figures of each application are."""

from __future__ import annotations

from domains.applications import reads as applications
from domains.club.published import FEATURES, endpoint_of
from domains.club.service import documents, hero_points, publications
from domains.extensions.extension import Freshness


def freshness() -> list[Freshness]:
    """When the figures of each application that has any were last collected, and how many features there are.

    Applications without a community are left out: there is nothing to be old.
    """
    current = publications.current()
    if current is None:
        return []
    counts = dict(documents.of(current).filter(name=FEATURES).values_list("application", "items"))
    collected = dict(hero_points.newest(list(counts)).values_list("application", "collected"))
    return [
        Freshness(
            application=info.slug,
            kind="community features",
            published=max(current.at, collected.get(info.slug, current.at)),
            items=counts[info.slug],
            href=endpoint_of(info.slug, FEATURES),
            title=info.name,
        )
        for info in applications.application_list(active_only=True)
        if info.slug in counts
    ]
