"""Questions about applications.

The list is kept in each process for CACHE_SECONDS, so that a published page costs no query; a change made by this
process is seen at once, one made by another within that time. Inside a transaction the table is always asked, so that
nothing uncommitted is ever kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from domains.applications import fields, rules
from domains.applications.models import Application
from domains.applications.operators import OPERATORS
from domains.applications.service import applications
from domains.applications.words import describe_rule
from domains.base import database
from domains.base.errors import Conflict, NotFound
from domains.extensions import registry
from domains.extensions.extension import RowFilter

CACHE_SECONDS = 1.0
OBJECT_TYPE = "applications.application"
"""What events call an application."""


@dataclass(frozen=True, slots=True)
class ApplicationInfo:
    """One application as it is now. `features` and `filters` are shared between readers: never change them."""

    uuid: UUID
    slug: str
    name: str
    description: str
    features: list[str]
    filters: dict[str, rules.Rule]
    active: bool
    position: int
    version: int
    created: datetime
    modified: datetime


@dataclass(slots=True)
class _Kept:
    """What this process remembers of one database; `forgotten` counts how often it was told to forget."""

    until: float = 0.0
    rows: tuple[ApplicationInfo, ...] = ()
    forgotten: int = 0


_kept: dict[str, _Kept] = {}


def application_list(*, active_only: bool = False) -> list[ApplicationInfo]:
    """Every application in the order of the pages."""
    return [info for info in _all() if info.active or not active_only]


def application_get(slug: str, *, active_only: bool = True) -> ApplicationInfo:
    """The application of an address. Raises NotFound with `available_apps` beside the message."""
    for info in _all():
        if info.slug == slug and (info.active or not active_only):
            return info
    names = available_apps()
    raise NotFound(
        f"Unknown application {slug[:63]}.",
        detail=f"Known applications: {', '.join(names) or 'none yet'}.",
        extra={"available_apps": names},
    )


def application_of(uuid: UUID) -> ApplicationInfo:
    """The application with this uuid, active or not. Raises NotFound."""
    return _info(applications.get(uuid=uuid))


def check_version(app: ApplicationInfo | Application, version: int | None) -> None:
    """Raises Conflict unless `version` is the application's own; None stands for any."""
    if version is not None and version != app.version:
        raise Conflict(
            f"{app.name} was changed by somebody else while you were editing. Nothing of yours is saved yet.",
            detail=f"The application is at version {app.version}.",
            extra={"version": app.version},
        )


def available_apps() -> list[str]:
    """Slugs of the active applications."""
    return [info.slug for info in _all() if info.active]


def application_filter(slug: str, data_type: str) -> RowFilter:
    """Which rows of a data type are the application's; everything when it has no rule for them.

    Raises NotFound for an unknown application, ValidationFailed when the rule's function is not installed.
    """
    rule = application_get(slug).filters.get(data_type)
    return rules.compile_rule(rule, registry.row_filters())


def application_rows() -> QuerySet[Application]:
    """The rows themselves, unevaluated, for lists that filter, sort and page."""
    return applications.all()


def application_choices() -> list[tuple[str, str]]:
    """Slug and name of every application, for filters."""
    return [(info.slug, info.name) for info in _all()]


def operator_choices() -> list[tuple[str, str, str]]:
    """Name, words and kind of value of each operator of a rule."""
    return [(name, operator.words, operator.takes) for name, operator in OPERATORS.items()]


def filter_words(filters: Mapping[str, rules.Rule]) -> dict[str, str]:
    """Each data type's rule as a sentence without its full stop; a data type without a rule says so."""
    return {data_type: describe_rule(filters.get(data_type)) for data_type in rules.DATA_TYPES}


def rule_words(rule: rules.Rule) -> str:
    """The rule as a sentence without its full stop."""
    return describe_rule(rule)


def application_faults(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is wrong with values that are to be stored, by field; empty when all is well."""
    return fields.application_faults(values, function_names())


def function_names() -> list[str]:
    """Names of the Python predicates that rules may refer to."""
    return sorted(registry.row_filters())


def publications(slug: str) -> list[Mapping[str, Any]]:
    """What is published for the application now: kind, items, when and where, as the extensions say."""
    return [
        {"kind": row.kind, "items": row.items, "published": row.published, "href": row.href}
        for row in registry.freshness()
        if row.application == slug and row.published
    ]


def forget_applications(**_: object) -> None:
    """Ask the table again at the next question. Also a signal handler, hence the keywords."""
    kept = _kept.setdefault(database.alias(), _Kept())
    kept.forgotten += 1
    kept.until = 0.0


def _all() -> tuple[ApplicationInfo, ...]:
    if database.in_transaction():
        return _load()
    kept, now = _kept.setdefault(database.alias(), _Kept()), time.monotonic()
    if now < kept.until:
        return kept.rows
    forgotten, rows = kept.forgotten, _load()
    if forgotten == kept.forgotten:
        kept.rows, kept.until = rows, now + CACHE_SECONDS
    return rows


def _load() -> tuple[ApplicationInfo, ...]:
    return tuple(_info(row) for row in applications.all())


def _info(row: Application) -> ApplicationInfo:
    values = {name: getattr(row, name) for name in ApplicationInfo.__dataclass_fields__}
    # PostgreSQL does not keep the order of a stored object.
    in_order = {data_type: row.filters[data_type] for data_type in rules.DATA_TYPES if data_type in row.filters}
    return ApplicationInfo(**values | {"filters": in_order})
