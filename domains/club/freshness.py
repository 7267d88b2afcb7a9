"""How old the published figures of each application are."""

from __future__ import annotations

from domains.applications import reads as applications
from domains.club.published import FEATURES, endpoint_of
from domains.club.service import documents, hero_points
from domains.extensions.extension import Freshness


def freshness() -> list[Freshness]:
    """When each application's figures were last collected, and how many features there are; one query or two.

    Applications without a community are left out: there is nothing to be old.
    """
    lists = documents.filter(publication__current=True, name=FEATURES).exclude(application="")
    published = {row.application: row for row in lists.select_related("publication").defer("body")}
    if not published:
        return []
    collected = dict(hero_points.newest(list(published)).values_list("application", "collected"))
    return [
        Freshness(
            application=info.slug,
            kind="community features",
            published=collected.get(info.slug, row.publication.at),
            items=row.items,
            href=endpoint_of(info.slug, FEATURES),
            title=info.name,
        )
        for info in applications.application_list(active_only=True)
        if (row := published.get(info.slug)) and (row.items or info.slug in collected)
    ]
