"""Collections, their parts, and what sources said last."""

from __future__ import annotations

from domains.base.service import ModelService
from domains.club.models import Collection, LastReading, Part


class CollectionService(ModelService[Collection]):
    """Collections."""

    model = Collection


class PartService(ModelService[Part]):
    """Parts of collections."""

    model = Part


class LastReadingService(ModelService[LastReading]):
    """What sources said last."""

    model = LastReading


collections = CollectionService()
parts = PartService()
last_readings = LastReadingService()
