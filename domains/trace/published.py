"""What readers of Trace get: where its files are, and its documents as ready bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domains.publishing.answer import FRESH, IMMUTABLE, Ready, make_ready
from domains.publishing.documents import envelope_of, fingerprint
from domains.publishing.shelf import DAMAGED, NOT_FOR_APP, Library, Place, Shelf
from domains.publishing.store import Store
from domains.trace import rules

INDEX = "fsm_index.json"
ROWS = ".rows"
"""The ending of the file that says where each row is in its document: offset and length, by slug."""

store = Store("trace", INDEX, rules.KINDS.__contains__)


@dataclass
class TraceShelf(Shelf):
    """A publication with its single features, and the documents at the addresses of their snapshot too."""

    slugs: dict[str, dict[str, Sequence[int]]] = field(default_factory=dict)

    @staticmethod
    def places_of(index: Mapping[str, Any]) -> dict[str, Place]:
        """Where the answers of a publication are, by address."""
        places = Shelf.places_of(index)
        for place in list(places.values()):
            if place.kind in rules.VERSIONED:
                address = rules.snapshot_endpoint(place.application, index["snapshot"], place.kind)
                places[address] = replace(place, cache=IMMUTABLE)
        return places

    def feature(self, application: str, slug: str) -> Ready | None:
        """One feature of an application; None when there is no such slug. Raises OSError when a file is gone."""
        endpoint = rules.endpoint_of(application, "features")
        if endpoint not in self.places:
            return None
        if application not in self.slugs:
            path = self.folder / (self.places[endpoint].path + ROWS)
            self.slugs[application] = json.loads(path.read_bytes())
        place = self.slugs[application].get(slug)
        whole = self.document(endpoint) if place else None
        if place is None or whole is None:
            return None
        row = whole.body[place[0] : place[0] + place[1]]
        body = envelope_of(application, f"{endpoint}{slug}/", 1, self.snapshot, row)
        return make_ready({"": body}, self.facts("feature", application, fingerprint(body), FRESH))


library = Library(store, TraceShelf, "Run the Trace export, then ask again.")


def document(application: str, kind: str) -> Ready:
    """The published document of this kind, "" standing for all applications. Raises Unavailable as the library does."""
    return library.document(rules.endpoint_of(application, kind))


def feature(application: str, slug: str) -> Ready | None:
    """One published feature; None when there is none of that slug. Raises Unavailable as `document` does."""
    found = library.current()
    if application and application not in found.applications:
        raise library.unavailable(NOT_FOR_APP)
    try:
        return found.feature(application, slug)
    except (OSError, ValueError) as error:
        raise library.unavailable(DAMAGED) from error
