"""Questions about what applications have decided about their communities."""

from __future__ import annotations

from dataclasses import dataclass

from domains.applications import reads as applications
from domains.club.service import communities

COMMUNITY_TYPE = "club.community"
"""What events call the decision of an application about its community."""


@dataclass(frozen=True, slots=True)
class CommunityState:
    """What an application has decided about its community."""

    application: str
    title: str
    active: bool
    publish_names: bool


def community_list() -> list[CommunityState]:
    """The decision of every application, in the order of the pages."""
    decided = {row.application: row.publish_names for row in communities.all()}
    return [
        CommunityState(info.slug, info.name, info.active, decided.get(info.slug, False))
        for info in applications.application_list()
    ]


def community_get(app: str) -> CommunityState:
    """The decision of one application. Raises NotFound."""
    info = applications.application_get(app, active_only=False)
    return next(state for state in community_list() if state.application == info.slug)


def community_of(app: str) -> CommunityState:
    """The decision that holds for an application, also for one that is not registered any more."""
    row = communities.find(application=app)
    return CommunityState(app, app, True, row.publish_names if row else False)
