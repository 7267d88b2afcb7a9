"""Whether the collected static files are still those of the sources: a second start must not compress them again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT) / ".fingerprint"


def _fingerprint() -> str:
    """A hash over name, size and time of change of every file that would be collected."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            stat = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_collected() -> bool:
    """Whether nothing has changed since `mark_collected`."""
    stamp = _stamp()
    return stamp.exists() and stamp.read_text() == _fingerprint()


def mark_collected() -> None:
    """Remember the sources as they are now. Call after collecting."""
    _stamp().write_text(_fingerprint())
