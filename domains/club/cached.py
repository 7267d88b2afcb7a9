"""Published documents through Django's cache, for code that computes from them.

A value is kept with the folder that it was read from, so that nothing is ever taken for what readers get once they get
something else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from django.core.cache import cache

from domains.base.errors import NotFound, ValidationFailed
from domains.club.published import INDEX_FILE, PRESENT, library, store

KEEP_S, KEEP_DAY_S = 300, 24 * 3600
FEATURES_KEY = "club_available_features"
HITS, MISSES, GENERATION = "club_cache_hits", "club_cache_misses", "club_day_generation"
Value = tuple[str, bytes]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A key that may be in the cache, "" for no one application. `bytes` is the length of its value, 0 when not set."""

    key: str
    application: str
    filename: str
    is_set: bool
    bytes: int


def key_of(filename: str, app: str = "") -> str:
    """The key of a document, such as club_data_hero-metrics.json."""
    return f"club_data_{app}_{filename}" if app else f"club_data_{filename}"


def data_of(filename: str, app: str = "") -> Any:
    """A published document, such as hero-metrics.json, parsed. Raises NotFound for one that there is not, and
    Unavailable before the first publication.
    """
    return json.loads(_through(key_of(filename, app), lambda folder: _read(folder, filename, app)))


def available_features(app: str = "") -> list[str]:
    """Slugs of the features that are published, of an application or ("") of all. Raises Unavailable as `data_of`."""
    found: dict[str, list[str]] = json.loads(_through(FEATURES_KEY, lambda folder: _features(folder)))
    return found.get(app, [])


def _through(key: str, read: Callable[[str], bytes]) -> bytes:
    folder = os.path.basename(library.current().target)
    kept: Value | None = cache.get(key)
    if kept is not None and kept[0] == folder:
        _count(HITS)
        return kept[1]
    _count(MISSES)
    body = read(folder)
    cache.set(key, (folder, body), KEEP_S)
    return body


def _count(key: str) -> None:
    cache.add(key, 0, None)
    try:
        cache.incr(key)
    except ValueError:
        return  # the cache does not keep; it says so by itself


def _read(folder: str, filename: str, app: str) -> bytes:
    known = {file["path"] for file in store.read_index(folder)["files"]} | {INDEX_FILE}
    path = f"{app}/{filename}" if app else filename
    if path not in known:
        raise NotFound(f"There is no published file {path[:200]}.")
    return (store.versions() / folder / path).read_bytes()


def _features(folder: str) -> bytes:
    found: dict[str, list[str]] = {}
    for file in store.read_index(folder)["files"]:
        if file["kind"] == PRESENT:
            slug = file["path"].rpartition("/")[2].removesuffix(f"-{PRESENT}.json")
            found.setdefault(file["application"] or "", []).append(slug)
    return json.dumps(found).encode()


def entries() -> list[CacheEntry]:
    """Every key that may be in the cache now, by application and file; none before the first publication."""
    names = list(_names())
    kept = cache.get_many([key for key, _, _ in names])
    folder = store.current_folder()
    found = {key: value[1] for key, value in kept.items() if value[0] == folder}
    return [CacheEntry(key, app, name, key in found, len(found.get(key, b""))) for key, app, name in names]


def _names() -> Iterator[tuple[str, str, str]]:
    """Key, application and file name of each."""
    try:
        files = store.read_index(store.current_folder())["files"]
    except FileNotFoundError:
        return
    yield FEATURES_KEY, "", ""
    yield key_of(INDEX_FILE), "", INDEX_FILE
    for file in files:
        filename = file["path"].rpartition("/")[2]
        yield key_of(filename, file["application"] or ""), file["application"] or "", filename


def counts() -> tuple[int, int]:
    """How often a value was found, and how often it had to be read. Clearing documents does not change it."""
    found = cache.get_many([HITS, MISSES])
    return found.get(HITS, 0), found.get(MISSES, 0)


def clear(keys: Collection[str] | None = None) -> int:
    """Forget these keys, or all of them; how many were set. Raises ValidationFailed for a key that is none of ours."""
    known = entries()
    if unknown := sorted(set(keys or ()) - {entry.key for entry in known}):
        raise ValidationFailed(f"There is no such key of the cache: {', '.join(unknown)[:200]}.")
    chosen = [entry for entry in known if keys is None or entry.key in keys]
    cache.delete_many([entry.key for entry in chosen])
    return sum(entry.is_set for entry in chosen)


def day_document(address: str, make: Callable[[], T]) -> T:
    """What was made of an earlier day for an address: made once and kept for a day, or until `forget` is called."""
    generation = cache.get_or_set(GENERATION, lambda: uuid4().hex, None)
    key = f"club_day_{generation}_{address}"
    found: T | None = cache.get(key)
    if found is None:
        found = make()
        cache.set(key, found, KEEP_DAY_S)
    return found


def forget() -> None:
    """Forget everything, the documents of earlier days too. What was begun before is never found again."""
    cache.delete(GENERATION)
    clear()
