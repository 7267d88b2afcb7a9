"""Questions about what Trace has published. Those about rows and the matrix have modules of their own; pages
ask all of them here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from domains.applications import reads as applications
from domains.extensions.extension import Freshness
from domains.orchestration import reads as runs
from domains.orchestration.states import CLAIMED, RunState
from domains.trace import rules
from domains.trace.connection_reads import ConnectionReport, Entered, Webhook, entered, stored_report, webhook
from domains.trace.entry_reads import (
    EntryDetail,
    Users,
    entry_detail,
    entry_search,
    feature_choices,
    feature_list,
    kind_list,
    linked_features,
    status_choices,
)
from domains.trace.fields import Field, Related
from domains.trace.matrix_reads import MatrixColumn, matrix_columns, matrix_rows, with_marks
from domains.trace.models import Document, Publication, Snapshot
from domains.trace.properties import safe_url
from domains.trace.service import documents, entries, publications
from domains.trace.snapshot_reads import (
    Difference,
    FieldChange,
    RowName,
    RowVersion,
    difference,
    held_snapshots,
    row_history,
    snapshot_get,
    snapshot_list,
)

__all__ = [
    "CHECK_KEY",
    "EXPORT_KEY",
    "PUBLISH_KEY",
    "ConnectionReport",
    "Difference",
    "Entered",
    "EntryDetail",
    "Field",
    "FieldChange",
    "MatrixColumn",
    "Related",
    "RowName",
    "RowVersion",
    "Users",
    "Webhook",
    "compared_with",
    "current_publication",
    "difference",
    "documents_of",
    "entered",
    "entry_detail",
    "entry_search",
    "export_under_way",
    "feature_choices",
    "feature_list",
    "freshness",
    "held_snapshots",
    "is_kept",
    "kind_list",
    "last_export",
    "linked_features",
    "matrix_columns",
    "matrix_rows",
    "names_of",
    "public_links",
    "publication_list",
    "publications_of",
    "row_history",
    "rows_of",
    "safe_url",
    "snapshot_get",
    "snapshot_list",
    "status_choices",
    "stored_report",
    "webhook",
    "with_marks",
]
EXPORT_KEY = "trace.export"
CHECK_KEY = "trace.check_connection"
PUBLISH_KEY = "trace.publish"
MOST_NAMES = 5000
PUBLIC = (*rules.KINDS, rules.MATRIX, rules.INDEX, rules.SNAPSHOTS)
"""The public documents."""


def current_publication() -> Publication | None:
    """What readers get now, with its snapshot; None before the first export."""
    return publications.current()


def export_under_way(but: UUID) -> UUID | None:
    """An export other than this one that has begun; of two that begin at once, the older counts."""
    claimed = runs.run_list().filter(orchestrator="trace", method="export", state__in=CLAIMED)
    mine = runs.run_get(but)
    other = claimed.filter(Q(cursor__gt=0) | Q(pk__lt=mine.pk)).exclude(pk=mine.pk).first()
    return other.uuid if other else None


def last_export() -> Any:
    """The newest export that has ended well, with its result; None when there was none."""
    found = runs.run_list().filter(orchestrator="trace", method="export", state__in=(RunState.SUCCESS, RunState.EXITED))
    newest = found.first()
    return runs.run_get(newest.uuid) if newest else None


def rows_of(ids: Iterable[str]) -> dict[str, Related]:
    """The rows of these ids that are published now."""
    current = publications.current()
    if current is None:
        return {}
    found = entries.filter(snapshot_id=current.snapshot_id, page_id__in=list(ids)[:MOST_NAMES])
    named = found.values_list("page_id", "name", "slug", "kind")
    return {page_id: Related(name, slug, kind) for page_id, name, slug, kind in named}


def publication_list() -> QuerySet[Publication]:
    """Every publication that is kept, newest first, with its snapshot, unevaluated."""
    return publications.newest()


def publications_of(snapshot: Snapshot) -> QuerySet[Publication]:
    """When a snapshot was put before readers, newest first, unevaluated."""
    return publications.newest().filter(snapshot=snapshot)


def is_kept(name: str) -> bool:
    """Whether there is a snapshot of that name."""
    return snapshot_list().filter(name=name).exists()


def documents_of(snapshot: Snapshot) -> list[tuple[str, dict[str, Document]]]:
    """The documents of a snapshot by kind, for each application; "" is that of all rows and comes first."""
    found: dict[str, dict[str, Document]] = {}
    for document in documents.filter(snapshot=snapshot).order_by("application"):
        found.setdefault(document.application, {})[document.kind] = document
    return list(found.items())


def compared_with(snapshot: Snapshot, current: Publication | None) -> Snapshot | None:
    """What a snapshot is best compared with: what readers get now, else what they got before it; None for neither."""
    if current is not None and current.snapshot_id != snapshot.pk:
        return current.snapshot
    older = publications.newest().exclude(snapshot=snapshot)
    latest = publications.filter(snapshot=snapshot).order_by("-id").values_list("pk", flat=True).first()
    found = (older.filter(pk__lt=latest) if latest else older).first()
    return found.snapshot if found else None


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """Names of rows by id, as far as one of the newest publications has them."""
    return dict(entries.filter(page_id__in=list(ids)[:MOST_NAMES]).values_list("page_id", "name"))


def public_links() -> list[tuple[str, list[tuple[str, str]]]]:
    """Name of each application and its public addresses by kind, all rows first; empty before the first export."""
    current = publications.current()
    if current is None:
        return []
    names = [(info.slug, info.name) for info in applications.application_list(active_only=True)]
    shown = [("", "All"), *((slug, name) for slug, name in names if slug in current.snapshot.applications)]
    return [(name, [(kind, rules.endpoint_of(slug, kind)) for kind in PUBLIC]) for slug, name in shown]


def freshness() -> list[Freshness]:
    """When each active application's features were last found up to date, and how many there are; one query or two."""
    current = publications.current()
    counts = (
        {row.application: row.items for row in documents.filter(snapshot=current.snapshot_id, kind="features")}
        if current
        else {}
    )
    return [
        Freshness(
            application=info.slug,
            kind="features",
            published=current.checked if current and info.slug in counts else None,
            items=counts.get(info.slug, 0),
            href=rules.endpoint_of(info.slug, "features"),
            title=info.name,
        )
        for info in applications.application_list(active_only=True)
    ]
