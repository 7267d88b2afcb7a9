"""Documents of any snapshot for answers that have to be computed; this process keeps the few that were used last."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from django.utils.http import http_date

from domains.base.errors import Gone, NotFound
from domains.publishing.answer import IMMUTABLE, Facts, Ready, make_ready
from domains.publishing.documents import compress, fingerprint
from domains.trace import published, rules, staging
from domains.trace.models import Snapshot
from domains.trace.published import library
from domains.trace.rules import Row
from domains.trace.service import publications, snapshots

MOST = 4
T = TypeVar("T")
Key = tuple[str, str, str]


class Kept(OrderedDict[Key, T]):
    """The few values that were used last, by snapshot, application and kind."""

    def __init__(self) -> None:
        super().__init__()
        self.guard = threading.Lock()

    def get_or(self, key: Key, make: Callable[[], T]) -> T:
        """The value, made when it is not there."""
        with self.guard:
            if key in self:
                self.move_to_end(key)
                return self[key]
        made = make()
        with self.guard:
            self[key] = made
            while len(self) > MOST:
                self.popitem(last=False)
        return made


_rows: Kept[list[Row]] = Kept()
_documents: Kept[Ready] = Kept()


def rows_of(snapshot: str, application: str, kind: str) -> list[Row]:
    """The rows of a document of one snapshot; never change them. Raises Gone when it is not kept any more."""

    def read() -> list[Row]:
        current = library.current()
        if current.snapshot == snapshot:
            body = published.document(application, kind).body
        else:
            body = staging.file_of(_published(snapshot, application), application, kind).body
        rows: list[Row] = json.loads(body)["data"]
        return rows

    return _rows.get_or((library.where(), f"{snapshot}/{application}", kind), read)


def document_of(snapshot: str, application: str, kind: str) -> Ready:
    """A document of one snapshot, which never changes. Raises Gone when it is not kept any more."""

    def read() -> Ready:
        found = _published(snapshot, application)
        body = staging.file_of(found, application, kind).body
        moment = int(found.created.timestamp())
        facts = Facts(kind, application, fingerprint(body), snapshot, moment, http_date(moment), IMMUTABLE)
        return make_ready({"": body, "gzip": compress(body)}, facts)

    return _documents.get_or((library.where(), f"{snapshot}/{application}", kind), read)


def _published(name: str, application: str) -> Snapshot:
    """A snapshot that readers have got. One that waits for approval, or was for others, is none."""
    found = snapshots.find(name=name)
    if found is None or not publications.filter(snapshot=found).exists():
        raise Gone(f"The snapshot {name[:32]} is not kept, or never was. Ask for {rules.SNAPSHOTS}/ to see which are.")
    if application and application not in found.applications:
        raise NotFound(f"The snapshot {name} has nothing of {application}.")
    return found
