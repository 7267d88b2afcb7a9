"""Club's files on this machine: written from the database, which says what is published, on every machine alike."""

from __future__ import annotations

import gzip
import time
from collections.abc import Generator, Sequence
from contextlib import closing

from domains.club import published
from domains.club.models import ClubPublication
from domains.club.published import kind_and_feature, store
from domains.club.service import documents, publications
from domains.publishing.follow import Follower
from domains.publishing.store import StagedFile

KEEP = 30
"""How many publications the history tells of."""
TIDY_EVERY_S = 60.0
_tidied: dict[str, float] = {}


def write(folder: str) -> int:
    """Write the files of a publication, unless they are there; how many. Raises Unavailable when the disk refuses."""
    publication = publications.get(folder=folder)
    earlier = publications.published().filter(pk__lt=publication.pk)[: KEEP - 1]
    about = {
        "service": store.service,
        **_told(publication),
        "applications": publication.applications,
        "history": [_told(each) for each in (publication, *earlier)],
    }
    with closing(_files(publication)) as files:  # its cursor must not outlive it, to be closed in another transaction
        return store.write_version(folder, files, about)


def _told(publication: ClubPublication) -> dict[str, str]:
    return {
        "snapshot": publication.snapshot,
        "published": publication.at.isoformat(),
        "day": publication.day.isoformat(),
    }


def _files(publication: ClubPublication) -> Generator[StagedFile, None, None]:
    for row in documents.of(publication).iterator(chunk_size=20):
        kind, feature = kind_and_feature(row.name)
        address = published.endpoint_of(row.application, kind, feature)
        yield StagedFile(row.application, kind, address, row.items, gzip.decompress(bytes(row.body)), row.name)


_follower = Follower(store, current=publications.current_folder, write=write, kept=publications.folders)


def follow() -> bool:
    """Put before readers what the database says. Promises, and raises, what the follower of any service does."""
    return _follower.follow()


def tidy() -> Sequence[str]:
    """Delete the folders that the database knows nothing of, now and then; their names.

    An erasure takes publications out of the database, and so their files away from every machine.
    """
    where, now = str(store.versions()), time.monotonic()
    if now - _tidied.get(where, float("-inf")) < TIDY_EVERY_S or not store.versions().is_dir():
        return []
    _tidied[where] = now
    with store.lock():
        return store.prune(publications.folders())
