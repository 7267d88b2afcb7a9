"""The steps that erase a member: noted first, so that no collection brings them back; then struck from everything.

Each step may be called again after a crash: what is struck already stays as it is. The member's row goes last, behind
the publication: when one of the steps fails, the whole can be done once more. What was begun is never undone.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from domains.audit.writes import record_event
from domains.base import ambient
from domains.base.database import atomic_write
from domains.club.digest import digest_of, totals, without
from domains.club.journal import contribution_of
from domains.club.ledger import STARTS
from domains.club.members import forget, without_erased
from domains.club.models import Feature, FeaturePoint, Member, Source
from domains.club.models.figures import Every
from domains.club.publish_writes import add_publishing, forget_older
from domains.club.rankings import Ranked, pack_ranking, unpack_ranking
from domains.club.readings import pack, unpack
from domains.club.rules import is_new, is_returning
from domains.club.service import (
    feature_members,
    feature_points,
    features,
    kept_answers,
    last_readings,
    members,
    parts,
    sources,
)
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.retries import Retry

MEMBER_TYPE = "club.member"
BATCH = 20
"""Points that are rewritten in one commit."""


def add_erasing(orchestrator: MainOrchestrator, member: str) -> None:
    """Stage that the member of this uuid is erased, and that readers get figures without them. Raises NotFound."""
    members.get(uuid=UUID(member))
    add, kwargs = orchestrator.add_step, {"member": member}
    add(note_erasure, title="Note that the member must not come back", kwargs=kwargs)
    add(
        strike_readings,
        title="Strike the member from what sources said",
        kind="external",
        kwargs=kwargs,
        retry=Retry(attempts=5),
    )
    add(
        strike_points,
        title="Strike the member from all figures",
        kind="external",
        kwargs=kwargs,
        retry=Retry(attempts=5),
    )
    add_publishing(orchestrator)
    add(forget_older, title="Forget what was published before", kind="external", retry=Retry(attempts=5))
    add(delete_member, title="Delete the member", kwargs=kwargs)


@context_manager()
def note_erasure(orchestrator: MainOrchestrator, member: str) -> None:
    """Note that the member must not come back.

    Sources are held meanwhile: a reading that is noted later sees it, and one that was noted before is struck next.
    """
    row = members.get(uuid=UUID(member))
    list(_sources(row).select_for_update(no_key=True))
    forget(row.application, row.key, at=timezone.now(), actor_name=ambient.current().actor_name)


def _sources(row: Member) -> QuerySet[Source]:
    return sources.filter(application=row.application).order_by("pk")


@context_manager()
def strike_readings(orchestrator: MainOrchestrator, member: str) -> None:
    """Strike the member from the readings of the application's sources, and forget their kept answers."""
    row = members.get(uuid=UUID(member))
    found = list(_sources(row))
    for number, source in enumerate(found, 1):
        with atomic_write():
            sources.filter(pk=source.pk).select_for_update(no_key=True).first()
            kept_answers.bulk_delete(source=source)
            for last in last_readings.filter(source=source):
                if packed := _struck(source, last.reading):
                    last_readings.update(last, reading=packed, digest=digest_of(packed))
            for part in parts.filter(source=source).exclude(reading=b""):
                if packed := _struck(source, part.reading):
                    parts.update(part, reading=packed)
        orchestrator.progress(number, len(found), "sources")


def _struck(source: Source, packed: bytes | memoryview) -> bytes:
    """The reading without whoever was erased; empty when nobody of them is in it."""
    said = unpack(bytes(packed))
    (left,) = without_erased(source.application, [contribution_of(source, said)])
    return b"" if left.reading is said else pack(left.reading)


@context_manager()
def strike_points(orchestrator: MainOrchestrator, member: str) -> None:
    """Strike the member from every point of the application's features, as if they had never been present."""
    row = members.get(uuid=UUID(member))
    found = list(features.filter(application=row.application).order_by("pk"))
    for number, feature in enumerate(found, 1):
        for every in Every:
            orchestrator.pause(0)
            strike_series(feature, every, row.pk)
        orchestrator.progress(number, len(found), "features")


def strike_series(feature: Feature, every: Every, member: int) -> None:
    """Strike a member from the points of one length, the newest first: whether somebody is back depends on the point
    before, which is therefore rewritten later. A few points a commit; the feature is held meanwhile, as when points
    are stored.
    """
    until: date | None = None
    while True:
        with atomic_write():
            features.hold(feature.pk)
            batch = feature_points.backwards(feature.pk, every, until, BATCH + 1)
            first_day = feature_members.first_day(feature.pk, member)
            rows = [unpack_ranking(bytes(point.ranking)) for point in batch]
            changed = [
                _strike(point, rows[number], rows[number + 1] if number + 1 < len(rows) else None, member, first_day)
                for number, point in enumerate(batch[:BATCH])
            ]
            feature_points.store(point for point in changed if point is not None)
        if len(batch) <= BATCH:
            return
        until = batch[BATCH - 1].at


def _strike(
    point: FeaturePoint, rows: list[Ranked], before: list[Ranked] | None, member: int, first_day: date | None
) -> FeaturePoint | None:
    """The point without the member; None when they are not in it."""
    left = without(rows, member)
    if len(left) == len(rows):
        return None
    start = STARTS[Every(point.every)](point.at)
    if before is not None and first_day is not None:
        was_present = any(row.member == member for row in before)
        point.new -= is_new(first_day, start)
        point.returning -= is_returning(first_day, start, was_present=was_present)
    amounts = totals(left)
    for name in amounts.__dataclass_fields__:
        setattr(point, name, getattr(amounts, name))
    point.ranking = pack_ranking(left)
    return point


@context_manager()
def delete_member(orchestrator: MainOrchestrator, member: str) -> None:
    """Delete the member's row and where they were present, with an event that does not name them."""
    row = members.get(uuid=UUID(member))
    feature_members.bulk_delete(member=row)
    members.delete(row)
    record_event(
        "club.member.erased",
        object_type=MEMBER_TYPE,
        object_id=member,
        object_name="An erased member",
        application=row.application,
    )
    orchestrator.set_context_value("result", {"message": "The member is erased."})
