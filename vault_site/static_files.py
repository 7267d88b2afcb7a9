"""Which files are collected: those that some page asks for, never the published data that lives beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.finders import AppDirectoriesFinder, FileSystemFinder


class SourceFinder(FileSystemFinder):
    """The project's `static/` without `data/`, which is written at run time and served by its own views."""

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        """Every file but the published data."""
        return iter(super().list([*(ignore_patterns or []), "data"]))


# Folders that packages bring and no page asks for: the browsable API, the default looks of tables and accounts.
UNUSED = ["rest_framework", "django_tables2", "account"]


class PackageFinder(AppDirectoriesFinder):
    """What the installed applications bring, without what nobody asks for."""

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        """Every file but those of the unused folders."""
        return iter(super().list([*(ignore_patterns or []), *UNUSED]))
