"""Questions about collections: what was asked when, what it cost, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now

from domains.club.models import Collection, Part
from domains.club.models.collections import CollectionState, PartState
from domains.club.service import collections, features, parts

FIGURES = ("requests", "unchanged", "bytes", "rows", "added", "changed", "removed", "seconds", "waited")
HEAVY = ("source__secret", "source__report", "source__config", "source__features")


@dataclass(frozen=True, slots=True)
class CollectionTotals:
    """A collection in figures: its parts by state, and the sums over them. Times are in seconds, added up over parts
    that ran at once, so they may be longer than the collection took.
    """

    states: dict[str, int]
    figures: dict[str, float]

    @property
    def total(self) -> int:
        """How many parts there are."""
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        """How many of them have been asked, well or in vain."""
        return self.total - self.states.get(PartState.WAITING, 0)

    @property
    def stale(self) -> int:
        """How many of them failed, so that older figures stand in."""
        return self.states.get(PartState.STALE, 0)


def collection_list() -> QuerySet[Collection]:
    """Every collection, newest first, unevaluated.

    `total` counts its parts, `asked` those that have been asked, `stale` those that failed; `requests`, `bytes` and
    `rows` are sums over them; `elapsed` is how long it took or has taken so far.
    """
    elapsed = ExpressionWrapper(Coalesce("ended", Now()) - F("started"), output_field=DurationField())
    return collections.all().annotate(
        total=_over_parts(Count("pk")),
        asked=_over_parts(Count("pk", filter=~Q(state=PartState.WAITING))),
        stale=_over_parts(Count("pk", filter=Q(state=PartState.STALE))),
        requests=_over_parts(Sum("requests")),
        bytes=_over_parts(Sum("bytes")),
        rows=_over_parts(Sum("rows")),
        elapsed=elapsed,
    )


def _over_parts(figure: Aggregate) -> Any:
    """A figure over the parts of each row, asked for the rows of a page only."""
    found = parts.filter(collection=OuterRef("pk")).order_by().values("collection").annotate(figure=figure)
    return Coalesce(Subquery(found.values("figure")), 0)


def collection_get(uuid: UUID | str) -> Any:
    """One collection as in the list. Raises NotFound."""
    return collection_list().filter(uuid=uuid).first() or collections.get(uuid=uuid)


def collection_of_run(run_uuid: UUID | str) -> Collection | None:
    """The collection that a run carries out; None for another run."""
    return collections.find(run_uuid=str(run_uuid))


def latest_collection() -> Any:
    """The newest collection as in the list, None before the first."""
    return collection_list().first()


def collection_totals(collection: Collection) -> CollectionTotals:
    """The sums over the parts of a collection, in two queries."""
    own = parts.filter(collection=collection).order_by()
    states = dict(own.values_list("state").annotate(count=Count("pk")))
    sums = own.aggregate(**{name: Coalesce(Sum(name), 0, output_field=_kind(name)) for name in FIGURES})
    return CollectionTotals(states, sums)


def _kind(name: str) -> Any:
    return Part._meta.get_field(name)


def part_list() -> QuerySet[Part]:
    """Every part of every collection with its source, newest collections first, unevaluated, without what was read."""
    return (
        parts.all().select_related("collection", "source").defer("reading", *HEAVY).order_by("-collection", "position")
    )


def parts_of(collection: Collection) -> QuerySet[Part]:
    """The parts of one collection in the order in which they were planned."""
    return part_list().filter(collection=collection)


def collection_states() -> Sequence[tuple[str, str]]:
    """How collections may stand."""
    return CollectionState.choices


def part_states() -> Sequence[tuple[str, str]]:
    """How parts may stand."""
    return PartState.choices


def feature_names() -> list[tuple[str, str]]:
    """Slug and name of every feature of any application, for filters and forms; a slug stands once."""
    return list(dict(features.filter(active=True).order_by("slug", "name").values_list("slug", "name")).items())
