"""The extensions of this installation, in the order of the settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from domains.extensions.extension import Freshness, HealthCheck, RowFilter, ScheduleSpec, VaultExtension
from domains.extensions.front import Front


@cache
def extensions() -> tuple[VaultExtension, ...]:
    """One instance of each class named by the settings. Raises ImproperlyConfigured naming the one that is wrong."""
    return tuple(_load(dotted) for dotted in settings.VAULT_EXTENSIONS)


def _load(dotted: str) -> VaultExtension:
    try:
        extension = import_string(dotted)()
    except (ImportError, TypeError) as error:
        raise ImproperlyConfigured(f"EXTENSIONS: {dotted} cannot be loaded: {error}") from error
    if not isinstance(extension, VaultExtension) or not getattr(extension, "name", ""):
        raise ImproperlyConfigured(f"EXTENSIONS: {dotted} is no VaultExtension with a name.")
    return extension


def health_checks() -> Sequence[HealthCheck]:
    """Every registered health check."""
    return [check for extension in extensions() for check in extension.health_checks()]


def row_filters() -> dict[str, RowFilter]:
    """Every named row filter, by "<extension>.<name>"."""
    return {f"{e.name}.{name}": run for e in extensions() for name, run in e.row_filters().items()}


def sources() -> dict[str, Callable[[], Any]]:
    """Every named source of specifications, by "<extension>.<name>"."""
    return {f"{e.name}.{name}": make for e in extensions() for name, make in e.sources().items()}


def community_sources() -> dict[str, Callable[[], Any]]:
    """Every named kind of sources of community figures, by "<extension>.<name>"."""
    return {f"{e.name}.{name}": make for e in extensions() for name, make in e.community_sources().items()}


def schedules() -> Sequence[ScheduleSpec]:
    """Every schedule that must exist."""
    return [spec for extension in extensions() for spec in extension.schedules()]


def freshness() -> Sequence[Freshness]:
    """Age of everything that is published."""
    return [row for extension in extensions() for row in extension.freshness()]


@cache
def fronts() -> Sequence[Front]:
    """Everything that answers in front of Django, one object each in this process."""
    return [front for extension in extensions() for front in extension.fronts()]
