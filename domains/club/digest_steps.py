"""The steps that make points of what sources have said: a run for each feature and for hero metrics."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.utils import timezone

from domains.club import store
from domains.club.digest import Contribution
from domains.club.journal import contribution_of
from domains.club.models import Collection, Part
from domains.club.models.collections import PartState
from domains.club.readings import unpack
from domains.club.service import collections, features, last_readings, parts
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator

AT_ONCE = 4


@context_manager()
def digest_each(orchestrator: MainOrchestrator) -> None:
    """Start a run for each feature of the collection, and for the hero metrics of each application."""
    collection = collections.get(run_uuid=str(orchestrator.run_uuid))
    found = parts.of(collection).order_by().values_list("application", "feature").distinct()
    items = [
        {"collection": collection.uuid, "application": application, "feature": feature}
        for application, feature in sorted(found)
    ]
    orchestrator.fan_out("club", "digest", items, limit=AT_ONCE)


@context_manager()
def store_digest(orchestrator: MainOrchestrator, collection: UUID, application: str, feature: str) -> None:
    """Add up what the sources have said about one feature, "" for the hero metrics, and store it as the day's point."""
    row = collections.get(uuid=collection)
    read = list(parts.about(row, application, feature))
    contributions = list(_contributions(read, feature))
    if contributions:
        _store(orchestrator, row, application, feature, contributions)
    else:
        orchestrator.set_context_value("result", {"message": "No source has said anything so far."})
    for part in read:
        if part.state == PartState.READ:
            parts.update(part, state=PartState.DONE, reading=b"")
    orchestrator.progress(len(read), len(read), "parts")


def _contributions(read: list[Part], feature: str) -> Iterator[Contribution]:
    """What was read; of a source that could not be, what it said last."""
    stale = [part.source_id for part in read if part.state == PartState.STALE and part.source_id is not None]
    last = last_readings.of(stale, feature)
    for part in read:
        if part.source is None:
            continue
        if part.state == PartState.READ:
            yield contribution_of(part.source, unpack(bytes(part.reading)))
        elif (kept := last.get(part.source.pk)) is not None:
            yield contribution_of(part.source, unpack(bytes(kept.reading)), stale_since=kept.at)


def _store(
    orchestrator: MainOrchestrator, row: Collection, application: str, feature: str, found: list[Contribution]
) -> None:
    stale = sorted(each.source for each in found if each.stale_since)
    if feature:
        point = store.store_feature(features.get(application=application, slug=feature), row.day, timezone.now(), found)
        result = {"members": point.members, "contributions": point.contributions}
    else:
        hero = store.store_hero(application, row.day, timezone.now(), found)
        result = {"figures": len(hero.figures)}
    orchestrator.set_context_value("result", result | {"stale": stale})
