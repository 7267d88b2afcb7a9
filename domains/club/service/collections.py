"""Collections, their parts, and what sources said last."""

from __future__ import annotations

from collections.abc import Collection as Several
from datetime import datetime

from django.db.models import QuerySet

from domains.base.service import ModelService
from domains.club.models import Collection, LastReading, Part, Source
from domains.club.models.collections import PartState


class CollectionService(ModelService[Collection]):
    """Collections."""

    model = Collection

    def older(self, than: datetime, most: int) -> list[int]:
        """Primary keys of collections that began before, the oldest first, and at most so many."""
        return list(self.filter(started__lt=than).order_by("pk").values_list("pk", flat=True)[:most])


class PartService(ModelService[Part]):
    """Parts of collections."""

    model = Part

    def of(self, collection: Collection) -> QuerySet[Part]:
        """The parts of a collection in their order, without what was read."""
        return self.filter(collection=collection).defer("reading").order_by("position")

    def waiting(self, collection: Collection) -> QuerySet[Part]:
        """Those that nobody has asked about yet, with their sources."""
        return self.of(collection).filter(state=PartState.WAITING).select_related("source")

    def about(self, collection: Collection, application: str, feature: str) -> QuerySet[Part]:
        """Those about one feature, "" for the hero metrics, with what was read."""
        found = self.filter(collection=collection, application=application, feature=feature)
        return found.select_related("source").order_by("position")

    def settle(self, pk: int, **values: object) -> bool:
        """Say what came of a part that waits; False when that was said before."""
        return bool(self.filter(pk=pk, state=PartState.WAITING).update(**values))


class LastReadingService(ModelService[LastReading]):
    """What sources said last."""

    model = LastReading

    def last(self, source: Source, feature: str) -> LastReading | None:
        """What a source said last about a feature; the reading itself is loaded when it is asked for."""
        return self.filter(source=source, feature=feature).defer("reading").first()

    def of(self, sources: Several[int], feature: str) -> dict[int, LastReading]:
        """What each of these sources said last about a feature, by the source's primary key."""
        return {row.source_id: row for row in self.filter(source_id__in=sources, feature=feature)}


collections = CollectionService()
parts = PartService()
last_readings = LastReadingService()
