"""Trace's documents and single features in front of Django."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from domains.applications import reads as applications
from domains.publishing.answer import Ready
from domains.publishing.front import DocumentFront
from domains.trace import follow, rules
from domains.trace.public.addresses import PREFIX, named, parts_of
from domains.trace.published import TraceShelf, library

DOCUMENTS = (*rules.KINDS, rules.MATRIX, rules.INDEX, rules.SNAPSHOTS)


class TraceFront(DocumentFront[TraceShelf]):
    """The published documents and single features."""

    prefix: ClassVar[str] = PREFIX

    def __init__(self) -> None:
        super().__init__(library)

    def applications(self) -> Iterable[str]:
        """Slugs of the applications that are switched on."""
        return applications.available_apps()

    def follow(self) -> None:
        """Make ready what is coming, and show what is published."""
        follow.prepare()
        follow.follow()

    def named(self, path: str) -> tuple[str, str]:
        """What the API log calls an address."""
        return named(path)

    def addresses(self, application: str) -> list[str]:
        """The documents that every application has."""
        return [rules.endpoint_of(application, kind) for kind in DOCUMENTS]

    def found(self, shelf: TraceShelf, path: str) -> Ready | None:
        """A document, or a feature."""
        return shelf.document(path) or self._feature(shelf, path)

    def _feature(self, shelf: TraceShelf, path: str) -> Ready | None:
        application, *rest = parts_of(path, shelf.applications)
        return shelf.feature(application, rest[1]) if len(rest) == 2 and rest[0] == "features" else None
