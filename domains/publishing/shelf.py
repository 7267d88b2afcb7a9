"""Published documents as ready bytes, kept by this process until something else is published.

Each request reads one link; nothing else is looked at while it leads to the same folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.utils.http import http_date

from domains.base.errors import Unavailable
from domains.publishing.answer import FRESH, Facts, Ready, make_ready
from domains.publishing.store import ENCODINGS, Store

DAMAGED = "The published files are damaged. {}"
NOTHING_YET = "Nothing has been published yet. {}"
NOT_FOR_APP = "Nothing has been published for this application yet. {}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the answer of an address is: a file of the publication, and what the file is."""

    path: str
    application: str
    kind: str
    sha256: str
    cache: str


@dataclass
class Shelf:
    """What this process remembers of one publication. `places` is by address; documents are read when asked for.

    Derive to find more in the publication than its documents.
    """

    target: str
    folder: Path
    snapshot: str
    modified: int
    applications: frozenset[str]
    places: dict[str, Place]
    documents: dict[str, Ready] = field(default_factory=dict)

    @staticmethod
    def places_of(index: Mapping[str, Any]) -> dict[str, Place]:
        """Where the answers of a publication are, by address."""
        return {
            file["endpoint"]: Place(file["path"], file["application"] or "", file["kind"], file["sha256"], FRESH)
            for file in index["files"]
        }

    def document(self, address: str) -> Ready | None:
        """The document of an address; None when there is no such address. Raises OSError when its file is gone."""
        found = self.documents.get(address)
        if found is None and (place := self.places.get(address)) is not None:
            found = self.documents[address] = self._read(place)
        return found

    def facts(self, kind: str, application: str, sha256: str, cache: str) -> Facts:
        """What an answer from this publication is."""
        return Facts(kind, application, sha256, self.snapshot, self.modified, http_date(self.modified), cache)

    def _read(self, place: Place) -> Ready:
        file = self.folder / place.path
        forms = {"": file.read_bytes()}
        for encoding, ending in ENCODINGS.items():
            forms[encoding] = file.with_name(file.name + ending).read_bytes()
        return make_ready(forms, self.facts(place.kind, place.application, place.sha256, place.cache))


S = TypeVar("S", bound=Shelf)


class Library(Generic[S]):
    """The shelf of a service's readers. `remedy` is a sentence that says what to do when nothing can be read."""

    def __init__(self, store: Store, shelf: type[S], remedy: str) -> None:
        self.store, self.shelf, self.remedy = store, shelf, remedy
        self.kept: dict[str, S] = {}

    def current(self) -> S:
        """What readers get now. Raises Unavailable before the first publication, and when its index is damaged."""
        return self.led_by(self.where())

    def where(self) -> str:
        """The link that leads readers of this process, which tells apart what is kept for several."""
        return os.fspath(self.store.current_link())

    def led_by(self, link: str) -> S:
        """What readers get who are led by this link. Raises Unavailable as `current` does."""
        try:
            target = os.readlink(link)
        except OSError as error:
            raise self.unavailable(NOTHING_YET) from error
        kept = self.kept.get(link)
        if kept is None or kept.target != target:
            try:
                kept = self.kept[link] = self._open(target)
            except OSError as error:
                raise self.unavailable(DAMAGED) from error
        return kept

    def _open(self, target: str) -> S:
        """The publication that the link leads to. Raises OSError when its index is gone or cannot be read."""
        folder = os.path.basename(target)
        index = self.store.read_index(folder)
        modified = int(datetime.fromisoformat(index["published"]).astimezone(UTC).timestamp())
        applications, places = frozenset(index["applications"]), self.shelf.places_of(index)
        return self.shelf(target, self.store.versions() / folder, index["snapshot"], modified, applications, places)

    def document(self, address: str) -> Ready:
        """The published document of an address that there is as soon as its application is published.

        Raises Unavailable before the first publication, for an application that was added after the last one, and when
        files that this process has not read yet are damaged.
        """
        found = self.current()
        try:
            ready = found.document(address)
        except OSError as error:
            raise self.unavailable(DAMAGED) from error
        if ready is None:
            raise self.unavailable(NOT_FOR_APP)
        return ready

    def unavailable(self, words: str) -> Unavailable:
        """One of the sentences above, with what to do."""
        return Unavailable(words.format(self.remedy))
