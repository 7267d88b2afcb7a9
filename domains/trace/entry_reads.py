"""Questions about the rows that are published now: lists of each kind, what they are filtered by, and one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from domains.applications import reads as applications
from domains.base.errors import NotFound
from domains.trace import fields, rules
from domains.trace.fields import MOST_SHOWN, Field, Related
from domains.trace.models import Entry
from domains.trace.service import entries, links, publications

MOST_RESOLVED = 5000
"""Relations of one row beyond that are not looked up."""


@dataclass(frozen=True, slots=True)
class Users:
    """The rows of one kind that lead to a row: how many, and the first of them by name."""

    kind: str
    count: int
    rows: Sequence[Related]

    @property
    def more(self) -> int:
        """How many are not among `rows`."""
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """A row with its properties by name, and the rows that lead to it.

    `summary` is the property Summary, or Description, which is not among the fields then; `content` is Markdown.
    """

    entry: Entry
    summary: str
    content: str
    fields: Sequence[Field]
    used_by: Sequence[Users]

    @property
    def has_relations(self) -> bool:
        """Whether it leads to another row, or one leads to it."""
        return bool(self.used_by) or any(field.kind == "related" for field in self.fields)


def feature_list() -> QuerySet[Entry]:
    """Features of the current snapshot, unevaluated, without their full data."""
    return entries.of_current("features").defer("data", "search")


def kind_list(kind: str) -> QuerySet[Entry]:
    """Rows of a kind of the current snapshot with `used`, the number of features that lead to each."""
    leading = links.filter(kind=rules.DATA_TYPES[kind], target=OuterRef("slug"), entry__kind="features")
    counted = leading.filter(entry__snapshot_id=OuterRef("snapshot_id")).order_by().values("target")
    used = Subquery(counted.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    return entries.of_current(kind).defer("data", "search").annotate(used=Coalesce(used, 0))


def linked_features(rows: QuerySet[Entry], kind: str, target: str) -> QuerySet[Entry]:
    """Those of the rows, of whatever kind, that belong to an application or are related to a row, by its slug."""
    return rows.filter(pk__in=links.filter(kind=kind, target=target).values("entry_id"))


def feature_choices() -> dict[str, list[tuple[str, str]]]:
    """What the list of features can be filtered by: app, status, tier, tag and gateway, in two queries."""
    facets: dict[str, list[tuple[str, str]]] = {"tiers": [], "tags": [], "gateways": []}
    for kind, slug, name in entries.facets(list(facets)):
        facets[kind].append((slug, name))
    return {
        "app": applications.application_choices(),
        "status": status_choices("features"),
        "tier": facets["tiers"],
        "tag": facets["tags"],
        "gateway": facets["gateways"],
    }


def status_choices(kind: str) -> list[tuple[str, str]]:
    """Every status that a current row of the kind has."""
    found = entries.of_current(kind).exclude(status="").order_by("status")
    return [(status, status) for status in found.values_list("status", flat=True).distinct()]


def entry_detail(kind: str, slug: str) -> EntryDetail:
    """One row of the current snapshot, in a fixed number of queries. Raises NotFound."""
    entry = entries.of_current(kind).filter(slug=slug).first()
    if entry is None:
        raise NotFound(f"No {rules.DATA_TYPES[kind]} with this name is published now.")
    ids = set(islice(fields.ids_in(entry.data), MOST_RESOLVED))
    around = entries.filter(snapshot_id=entry.snapshot_id, page_id__in=ids)
    named = around.values_list("page_id", "name", "slug", "kind")
    targets = {page_id: Related(name, slug, kind) for page_id, name, slug, kind in named}
    content = entry.data.get("content")
    used_by = _used_by(entry)
    return EntryDetail(
        entry,
        str(entry.data.get(fields.lead_of(entry.data), "")),
        content if isinstance(content, str) else "",
        [field for field in fields.fields_of(entry.data, targets) if not _is_told(field, used_by, entry.kind)],
        used_by,
    )


def _is_told(field: Field, used_by: Sequence[Users], own: str) -> bool:
    """Whether a relation is the other side of one that `used_by` tells of."""
    if field.kind != "related":
        return False
    kinds = {row.kind for row in field.value} - {own}
    return any(kinds == {users.kind} and users.count == len(field.value) + field.more for users in used_by)


def _used_by(entry: Entry) -> list[Users]:
    leading = links.filter(
        kind=rules.DATA_TYPES[entry.kind], target=entry.slug, entry__snapshot_id=entry.snapshot_id
    ).order_by()
    counts = dict(leading.values_list("entry__kind").annotate(n=Count("pk")))
    found = []
    for kind in rules.KINDS:
        if kind in counts:
            rows = leading.filter(entry__kind=kind).order_by("entry__sort_name", "entry__pk")
            first = rows.values_list("entry__name", "entry__slug")[:MOST_SHOWN]
            found.append(Users(kind, counts[kind], [Related(name, slug, kind) for name, slug in first]))
    return found


def entry_search(text: str, limit: int) -> list[tuple[str, str, str, str]]:
    """Name, kind, slug and status of rows whose name holds the text, those that begin with it first."""
    current = publications.current()
    if current is None:
        return []
    found = entries.filter(snapshot_id=current.snapshot_id, name__icontains=text)
    rows = list(found.order_by("sort_name").values_list("name", "kind", "slug", "status")[: limit * 4])
    rows.sort(key=lambda row: not row[0].casefold().startswith(text.casefold()))
    return rows[:limit]
