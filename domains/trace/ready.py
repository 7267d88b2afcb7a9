"""Published documents as ready bytes, kept by this process until something else is published.

Each request reads one link; nothing else is looked at while it leads to the same folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from django.utils.http import http_date

from domains.base.errors import Unavailable
from domains.trace import publication, rules
from domains.trace.public.answer import FRESH, IMMUTABLE, Facts, Ready, make_ready

DAMAGED = "The published files are damaged. Run the Trace export, then ask again."
NOTHING_YET = "Nothing has been published yet. Run the Trace export, then ask again."
NOT_FOR_APP = "Nothing has been published for this application yet. Run the Trace export, then ask again."


@dataclass(frozen=True, slots=True)
class Place:
    """Where the answer of an address is: a file of the publication, and what the file is."""

    path: str
    application: str
    kind: str
    sha256: str
    cache: str


@dataclass(slots=True)
class Shelf:
    """What this process remembers of one publication. `places` is by address; documents are read when asked for."""

    target: str
    folder: Path
    snapshot: str
    modified: int
    applications: frozenset[str]
    places: dict[str, Place]
    documents: dict[str, Ready] = field(default_factory=dict)
    slugs: dict[str, dict[str, Sequence[int]]] = field(default_factory=dict)

    def document(self, address: str) -> Ready | None:
        """The document of an address; None when there is no such address. Raises OSError when its file is gone."""
        found = self.documents.get(address)
        if found is None and (place := self.places.get(address)) is not None:
            found = self.documents[address] = self._read(place)
        return found

    def feature(self, application: str, slug: str) -> Ready | None:
        """One feature of an application; None when there is no such slug. Raises OSError when a file is gone."""
        endpoint = rules.endpoint_of(application, "features")
        if endpoint not in self.places:
            return None
        if application not in self.slugs:
            path = self.folder / (self.places[endpoint].path + publication.ROWS)
            self.slugs[application] = json.loads(path.read_bytes())
        place = self.slugs[application].get(slug)
        whole = self.document(endpoint) if place else None
        if place is None or whole is None:
            return None
        row = whole.body[place[0] : place[0] + place[1]]
        address = f"{endpoint}{slug}/"
        body = rules.envelope_of(application, address, 1, self.snapshot, row)
        return make_ready({"": body}, self._facts("feature", application, rules.fingerprint(body), FRESH))

    def _read(self, place: Place) -> Ready:
        file = self.folder / place.path
        forms = {"": file.read_bytes()}
        for encoding, ending in publication.ENCODINGS.items():
            forms[encoding] = file.with_name(file.name + ending).read_bytes()
        return make_ready(forms, self._facts(place.kind, place.application, place.sha256, place.cache))

    def _facts(self, kind: str, application: str, sha256: str, cache: str) -> Facts:
        return Facts(kind, application, sha256, self.snapshot, self.modified, http_date(self.modified), cache)


_kept: dict[str, Shelf] = {}


def shelf() -> Shelf:
    """What readers get now. Raises Unavailable before the first publication, and when its index is damaged."""
    return shelf_of(where())


def where() -> str:
    """The link that leads readers of this process, which tells apart what is kept for several."""
    return os.fspath(publication.current_link())


def shelf_of(link: str) -> Shelf:
    """What readers get who are led by this link. Raises Unavailable as `shelf` does."""
    try:
        target = os.readlink(link)
    except OSError as error:
        raise Unavailable(NOTHING_YET) from error
    kept = _kept.get(link)
    if kept is None or kept.target != target:
        try:
            kept = _kept[link] = open_shelf(target)
        except OSError as error:
            raise Unavailable(DAMAGED) from error
    return kept


def open_shelf(target: str) -> Shelf:
    """The publication that the link leads to. Raises OSError when its index is gone or cannot be read."""
    folder = os.path.basename(target)
    index = publication.read_index(folder)
    modified = int(datetime.fromisoformat(index["published"]).astimezone(UTC).timestamp())
    places: dict[str, Place] = {}
    for file in index["files"]:
        place = Place(file["path"], file["application"] or "", file["kind"], file["sha256"], FRESH)
        places[file["endpoint"]] = place
        if file["kind"] in rules.VERSIONED:
            address = rules.snapshot_endpoint(place.application, index["snapshot"], place.kind)
            places[address] = replace(place, cache=IMMUTABLE)
    applications = frozenset(index["applications"])
    return Shelf(target, publication.versions() / folder, index["snapshot"], modified, applications, places)


def document(application: str, kind: str) -> Ready:
    """The published document of this kind, "" standing for all applications.

    Raises Unavailable before the first publication, for an application that was added after the last one, and when
    files that this process has not read yet are damaged.
    """
    found = shelf()
    try:
        ready = found.document(rules.endpoint_of(application, kind))
    except OSError as error:
        raise Unavailable(DAMAGED) from error
    if ready is None:
        raise Unavailable(NOT_FOR_APP)
    return ready


def feature(application: str, slug: str) -> Ready | None:
    """One published feature; None when there is none of that slug. Raises Unavailable as `document` does."""
    found = shelf()
    if application and application not in found.applications:
        raise Unavailable(NOT_FOR_APP)
    try:
        return found.feature(application, slug)
    except (OSError, ValueError) as error:
        raise Unavailable(DAMAGED) from error
