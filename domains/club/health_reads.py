"""Questions about how Club itself fares: published files, cache, database, and whether sources answer.

Everything is known already or cheap to look up; nobody outside Vault is asked.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import OuterRef, QuerySet, Subquery

from domains.base.service import ModelService
from domains.club import cached
from domains.club.models import Source
from domains.club.service import (
    collections,
    erasures,
    feature_members,
    feature_points,
    features,
    hero_points,
    kept_answers,
    members,
    parts,
    publications,
    sources,
)
from domains.club.source_reads import source_list
from domains.core import reads as core

TABLES: Sequence[tuple[str, ModelService[Any]]] = (
    ("Sources", sources),
    ("Kept answers", kept_answers),
    ("Collections", collections),
    ("Parts of collections", parts),
    ("Features", features),
    ("Points of features", feature_points),
    ("Points of hero metrics", hero_points),
    ("Members", members),
    ("Members by feature", feature_members),
    ("Publications", publications),
    ("Erasures", erasures),
)
PROBE = "club_health_probe"


@dataclass(frozen=True, slots=True)
class FileStatus:
    """The published files: how many of the current publication and their bytes, compressed forms included.

    `folder` is that publication's, "" before the first; `served` the one that the files of this machine show. `free`
    counts bytes on the disk, None where it cannot be asked.
    """

    root: str
    folder: str
    served: str
    at: datetime | None
    files: int
    bytes: int
    free: int | None
    writable: bool

    @property
    def is_current(self) -> bool:
        """Whether this machine shows what was published."""
        return self.folder == self.served


@dataclass(frozen=True, slots=True)
class CacheStatus:
    """The cache of published documents. `hit_rate` is in percent, None before the first question."""

    entries: int
    is_set: int
    bytes: int
    hits: int
    misses: int
    probe_ms: float | None

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return self.hits + self.misses

    @property
    def hit_rate(self) -> float | None:
        """How many of a hundred questions the cache has answered."""
        return 100 * self.hits / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class DatabaseStatus:
    """Product and size of the database, how long a small question takes, and the rows of Club's tables."""

    facts: Sequence[core.Fact]
    query_ms: float
    tables: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class HealthStatus:
    """All of it, and what the checks of Club have found."""

    files: FileStatus
    cache: CacheStatus
    database: DatabaseStatus
    checks: Sequence[core.Outcome]


def health_status() -> HealthStatus:
    """How Club fares now."""
    checks = [found for found in core.health_report().outcomes if found.check.component == "club"]
    return HealthStatus(file_status(), cache_status(), database_status(), checks)


def file_status() -> FileStatus:
    """The published files on this machine."""
    root = Path(settings.VAULT_DATA_ROOT)
    link = root / "club" / "current"
    current = publications.filter(current=True).first()
    sizes = [entry.stat().st_size for entry in link.rglob("*") if entry.is_file()] if link.exists() else []
    return FileStatus(
        root=str(root),
        folder=current.folder if current else "",
        served=link.resolve().name if link.exists() else "",
        at=current.at if current else None,
        files=len(sizes),
        bytes=sum(sizes),
        free=_free(root),
        writable=os.access(_existing(root), os.W_OK),
    )


def _free(path: Path) -> int | None:
    try:
        return shutil.disk_usage(_existing(path)).free
    except OSError:
        return None


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists already."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def cache_entries() -> list[cached.CacheEntry]:
    """Every key that may be in the cache, and whether it is."""
    return cached.entries()


def cache_status() -> CacheStatus:
    """The cache of documents, and how long it takes to keep and find something."""
    entries = cached.entries()
    there = [entry for entry in entries if entry.is_set]
    hits, misses = cached.counts()
    return CacheStatus(len(entries), len(there), sum(entry.bytes for entry in there), hits, misses, _probe())


def _probe() -> float | None:
    """Milliseconds for one write and one read; None when the cache does not keep what it is given."""
    start = time.perf_counter()
    cache.set(PROBE, 1, 30)
    found = cache.get(PROBE)
    return (time.perf_counter() - start) * 1000 if found else None


def database_status() -> DatabaseStatus:
    """The database, in one small question and a count of each table."""
    start = time.perf_counter()
    sources.filter(pk=0).exists()
    took = (time.perf_counter() - start) * 1000
    return DatabaseStatus(core.facts()["Database"], took, [(name, table.all().count()) for name, table in TABLES])


def reachability() -> QuerySet[Source]:
    """Every active source as in the list of sources, with how its newest part went.

    `part_ended`, `part_state`, `part_error`, `part_seconds` and `part_requests` are that part's, None without one.
    """
    newest = parts.filter(source=OuterRef("pk"), ended__isnull=False).order_by("-id")
    names = ("ended", "state", "error", "seconds", "requests")
    return source_list().filter(active=True).annotate(**{f"part_{n}": Subquery(newest.values(n)[:1]) for n in names})
