"""Club's documents in front of Django."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from domains.applications import reads as applications
from domains.club import follow
from domains.club.public.addresses import named
from domains.club.published import FEATURES, HERO, HISTORY, INDEX, PREFIX, PRESENT, endpoint_of, library
from domains.club.service import features
from domains.publishing.front import DocumentFront
from domains.publishing.shelf import Shelf

DOCUMENTS = (HERO, FEATURES, INDEX, HISTORY)


class ClubFront(DocumentFront[Shelf]):
    """The published documents."""

    prefix: ClassVar[str] = PREFIX

    def __init__(self) -> None:
        super().__init__(library)

    def applications(self) -> Iterable[str]:
        """Slugs of the applications that are switched on."""
        return applications.available_apps()

    def follow(self) -> None:
        """Show what is published, and delete what is not kept any more."""
        follow.follow()
        follow.tidy()

    def named(self, path: str) -> tuple[str, str]:
        """What the API log calls an address."""
        return named(path)

    def addresses(self, application: str) -> list[str]:
        """The documents that every application has, and those of its features."""
        told = features.of(application).filter(application__in=self.applications())
        slugs = sorted(set(told.values_list("slug", flat=True)))
        return [
            *(endpoint_of(application, kind) for kind in DOCUMENTS),
            *(endpoint_of(application, PRESENT, slug) for slug in slugs),
        ]
