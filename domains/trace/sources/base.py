"""What a source is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True, slots=True)
class Copied:
    """What a source has written: `size` in bytes, and its SHA-256."""

    size: int
    sha256: str


class Source(Protocol):
    """Somewhere that specifications are read from."""

    @property
    def name(self) -> str:
        """In words, for pages and logs; without secrets."""


@runtime_checkable
class CopiedSource(Source, Protocol):
    """A source that is read in one go. Extensions add such ones.

    `is_strict` says whether a workspace with faults is refused as a whole; else what is wrong with single rows is told,
    and the rest is published.
    """

    @property
    def is_strict(self) -> bool:
        """Whether all rows must be sound."""

    def copy_to(self, target: Path, progress: Progress) -> Copied:
        """Write the whole workspace to `target` in the shape that `workspace.py` describes.

        Raises ValidationFailed when there is nothing usable to read, UpstreamFailed when a service does not answer.
        """
