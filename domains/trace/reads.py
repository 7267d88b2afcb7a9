"""Questions about what Trace has published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from domains.applications import reads as applications
from domains.extensions.extension import Freshness
from domains.orchestration import reads as runs
from domains.orchestration.states import CLAIMED
from domains.trace import properties, rules
from domains.trace.models import Entry, Publication
from domains.trace.service import documents, entries, links, publications

HIDDEN = {"id", "slug", "name"}
LEADS = ("summary", "description")
EXPORT_KEY = "trace.export"


@dataclass(frozen=True, slots=True)
class Related:
    """A row that another one leads to."""

    name: str
    slug: str
    kind: str


@dataclass(frozen=True, slots=True)
class Field:
    """One property for a page. `kind` is text, list, related, link, links, truth, number, moment, date or none."""

    label: str
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class FeatureDetail:
    """A feature with its properties by name, and the features that lead to it.

    `summary` is the property Summary, or Description, which is not among the fields then.
    """

    entry: Entry
    summary: str
    fields: Sequence[Field]
    needed_by: Sequence[Related]


def current_publication() -> Publication | None:
    """What readers get now, with its snapshot; None before the first export."""
    return publications.current()


def export_under_way(but: UUID) -> UUID | None:
    """An export other than this one that has begun; of two that begin at once, the older counts."""
    claimed = runs.run_list().filter(orchestrator="trace", method="export", state__in=CLAIMED)
    mine = runs.run_get(but)
    other = claimed.filter(Q(cursor__gt=0) | Q(pk__lt=mine.pk)).exclude(pk=mine.pk).first()
    return other.uuid if other else None


def publication_list() -> QuerySet[Publication]:
    """Every publication that is kept, newest first, with its snapshot, unevaluated."""
    return publications.newest()


def feature_list() -> QuerySet[Entry]:
    """Features of the current snapshot, unevaluated, without their full data."""
    return entries.of_current("features").defer("data", "search")


def linked_features(rows: QuerySet[Entry], kind: str, target: str) -> QuerySet[Entry]:
    """Those of the rows that belong to an application, or are related to a gateway, tier or tag, by its slug."""
    return rows.filter(pk__in=links.filter(kind=kind, target=target).values("entry_id"))


def feature_choices() -> dict[str, list[tuple[str, str]]]:
    """What the list of features can be filtered by: app, status, tier, tag and gateway, in two queries."""
    facets: dict[str, list[tuple[str, str]]] = {"tiers": [], "tags": [], "gateways": []}
    for kind, slug, name in entries.facets(list(facets)):
        facets[kind].append((slug, name))
    return {
        "app": applications.application_choices(),
        "status": [(status, status) for status in entries.statuses()],
        "tier": facets["tiers"],
        "tag": facets["tags"],
        "gateway": facets["gateways"],
    }


def feature_detail(slug: str) -> FeatureDetail:
    """One feature of the current snapshot, in three queries. Raises NotFound."""
    publication = publications.current()
    snapshot = publication.snapshot_id if publication else 0
    entry = entries.get(kind="features", slug=slug, snapshot_id=snapshot)
    ids = {item for value in entry.data.values() if isinstance(value, list) for item in value if isinstance(item, str)}
    around = entries.filter(snapshot_id=snapshot, page_id__in=ids).only("page_id", "name", "slug", "kind")
    targets = {row.page_id: Related(row.name, row.slug, row.kind) for row in around}
    lead = next((key for key in LEADS if entry.data.get(key)), "")
    fields = [_field(key, value, targets) for key, value in sorted(entry.data.items()) if key not in {*HIDDEN, lead}]
    return FeatureDetail(entry, str(entry.data.get(lead, "")), fields, _needed_by(entry))


def _needed_by(entry: Entry) -> list[Related]:
    rows = links.filter(kind="feature", target=entry.slug, entry__snapshot_id=entry.snapshot_id)
    found = rows.order_by("entry__sort_name").values_list("entry__name", "entry__slug")
    return [Related(name, slug, "features") for name, slug in found]


def _field(key: str, value: Any, targets: dict[str, Related]) -> Field:
    label = key.replace("_", " ").capitalize()
    if isinstance(value, list) and value and all(isinstance(item, str) and item in targets for item in value):
        return Field(label, "related", sorted((targets[item] for item in value), key=lambda item: item.name.casefold()))
    if value is None or value in ("", []):
        return Field(label, "none", None)
    if isinstance(value, dict) and "start" in value:
        return Field(label, "date", value)
    if isinstance(value, list) and isinstance(value[0], dict):
        return Field(label, "links", [{**item, "safe": properties.safe_url(item.get("url"))} for item in value])
    if isinstance(value, list):
        return Field(label, "list", value)
    return Field(label, _scalar_kind(value), _moment(value))


def _scalar_kind(value: Any) -> str:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, (int, float)):
        return "number"
    if properties.safe_url(value):
        return "link"
    return "moment" if isinstance(_moment(value), datetime) else "text"


def _moment(value: Any) -> Any:
    """A text such as 2026-07-04T09:09:00.000Z as a moment; anything else as it is."""
    if not isinstance(value, str) or len(value) < 20 or value[10:11] != "T":
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value


def feature_search(text: str, limit: int) -> list[tuple[str, str, str]]:
    """Name, slug and status of features whose name holds the text, those that begin with it first."""
    found = entries.of_current("features").filter(name__icontains=text).values_list("name", "slug", "status")
    rows = list(found.order_by("sort_name")[: limit * 4])
    rows.sort(key=lambda row: not row[0].casefold().startswith(text.casefold()))
    return rows[:limit]


def public_links() -> list[tuple[str, list[tuple[str, str]]]]:
    """Name of each application and its public addresses by kind, all rows first; empty before the first export."""
    current = publications.current()
    if current is None:
        return []
    names = [(info.slug, info.name) for info in applications.application_list(active_only=True)]
    shown = [("", "All"), *((slug, name) for slug, name in names if slug in current.snapshot.applications)]
    return [(name, [(kind, rules.endpoint_of(slug, kind)) for kind in rules.KINDS]) for slug, name in shown]


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
