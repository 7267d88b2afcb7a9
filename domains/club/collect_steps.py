"""The steps of a collection: planning its parts, asking the sources, and ending it."""

from __future__ import annotations

from collections import Counter
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import timezone

from domains.base import ambient
from domains.base.database import atomic_write
from domains.base.errors import NotFound, Unavailable, VaultError
from domains.club import journal, plan, publish_writes, retention
from domains.club.clients import MemoryKeep, kind_of, spec_of
from domains.club.collect import Collector, Job
from domains.club.models import Collection, Part
from domains.club.models.collections import CollectionState, PartState
from domains.club.service import collections, kept_answers, parts, publications
from domains.orchestration import reads as runs
from domains.orchestration.context import context_manager
from domains.orchestration.exceptions import ContextLost
from domains.orchestration.main import MainOrchestrator

LOOK_S = 0.2
AHEAD = 2
"""So many times as many parts as are read at once have what they need in memory."""
OF_SOURCE = 4
"""So many parts of one source at most are among them, so that a slow one does not keep the others waiting."""
NOTHING = "There is no active source to collect from. Add one first."
UNDER_WAY = "Another collection of the same is under way, so this one was not needed."
ITS_TURN = "Another collection is under way; this one begins when it has ended."
UNSTORED = "Its figures could not be stored. The run of this collection says more."


@context_manager()
def plan_parts(orchestrator: MainOrchestrator, app: str, feature: str) -> None:
    """Note which sources are to be asked about what. The run ends here, early and well, when there are none and readers
    have nothing that could be taken away, or when another collection of the same is under way.

    Raises Unavailable while one of something else is: this one has to be tried again.
    """
    _give_way(orchestrator, app, feature)
    plan.follow_sources(app)
    found = plan.planned(app, feature)
    if not found and not publications.current_folder():
        _end_early(orchestrator, message=NOTHING)
    now = timezone.now()
    collection = collections.create(
        run_uuid=str(orchestrator.run_uuid),
        application=app,
        feature=feature,
        day=now.date(),
        started=now,
        actor_name=ambient.current().actor_name,
    )
    orchestrator.log(f"{plan.store_parts(collection, found)} parts are to be read.")


def _give_way(orchestrator: MainOrchestrator, app: str, feature: str) -> None:
    """Collections that were left behind by a run that is over are ended; one whose run goes on goes first."""
    for other in collections.filter(state=CollectionState.RUNNING).exclude(run_uuid=str(orchestrator.run_uuid)):
        if _is_active(other):
            if (other.application, other.feature) != (app, feature):
                raise Unavailable(ITS_TURN)
            _end_early(orchestrator, message=UNDER_WAY, under_way=other.run_uuid)
        collections.update(other, state=CollectionState.FAILED, ended=timezone.now())


def _is_active(collection: Collection) -> bool:
    try:
        return runs.run_get(collection.run_uuid).is_active
    except NotFound:
        return False


def _end_early(orchestrator: MainOrchestrator, **result: Any) -> None:
    orchestrator.set_context_value("result", result)
    orchestrator.set_context_value("result_status", 200)


@context_manager()
def end_collection(orchestrator: MainOrchestrator, app: str, feature: str) -> None:
    """Undo plan_parts: the collection has failed, or was cancelled. Figures that were stored stay, as they are true."""
    collection = collections.find(run_uuid=str(orchestrator.run_uuid))
    if collection is not None:
        state = CollectionState.CANCELLED if orchestrator.is_cancelled() else CollectionState.FAILED
        collections.update(collection, state=state, ended=timezone.now())
        parts.filter(collection=collection).exclude(reading=b"").update(reading=b"")


@context_manager()
def fetch_parts(orchestrator: MainOrchestrator) -> None:
    """Ask the sources about all parts that nobody has asked about yet, several at once. What is finished is noted at
    once, so that whoever goes on after a crash asks about the others only.
    """
    collection = collections.get(run_uuid=str(orchestrator.run_uuid))
    fetch = _Fetch(orchestrator, collection)
    with Collector(concurrency=settings.VAULT.CLUB_CONCURRENCY, time_s=settings.VAULT.CLUB_TIMEOUT_S) as collector:
        fetch.run(collector)


class _Fetch:
    """The parts of one collection on their way."""

    def __init__(self, orchestrator: MainOrchestrator, collection: Collection) -> None:
        self.orchestrator = orchestrator
        self.waiting: list[Part] = list(parts.waiting(collection))
        self.total = parts.of(collection).count()
        self.under_way: dict[int, Part] = {}
        self.keeps: dict[int, MemoryKeep] = {}
        self.looked = monotonic()

    def run(self, collector: Collector) -> None:
        """Read all that is waiting. Raises Interrupted when that shall end before."""
        most = collector.concurrency * AHEAD
        while self.waiting or self.under_way:
            self._submit(collector, most - len(self.under_way))
            finished = collector.result(LOOK_S)
            if finished is not None:
                part = self.under_way.pop(finished.part)
                journal.settle(part, finished, self.keeps[finished.source])
                self._forget(finished.source)
            self._tell(collector.waits)
            self._look()

    def _submit(self, collector: Collector, room: int) -> None:
        of_source = Counter(part.source_id for part in self.under_way.values())
        for part in list(self.waiting):
            if room <= 0:
                return
            if of_source[part.source_id] < OF_SOURCE:
                self.waiting.remove(part)
                if job := self._job(part):
                    self.under_way[part.pk] = part
                    collector.submit(job)
                    of_source[part.source_id] += 1
                    room -= 1

    def _job(self, part: Part) -> Job | None:
        """What the collector needs; None when the part cannot even be asked about, which is noted."""
        if part.source is None:
            journal.give_up(part, journal.GONE)
            return None
        try:
            kind, spec = kind_of(part.kind), spec_of(part.source)
            feature = next((each for each in spec.features if each.slug == part.feature), None)
            if part.feature and feature is None:
                raise NotFound("The source is not asked about this feature any more.")
        except (VaultError, ContextLost) as error:
            with atomic_write():
                journal.fail(part, part.source, str(error))
            return None
        keep = self.keeps.get(part.source.pk)
        if keep is None:
            keep = self.keeps[part.source.pk] = MemoryKeep(kept_answers.of_source(part.source.pk))
        return Job(part.pk, part.source.pk, kind, spec, feature, keep)

    def _forget(self, source: int) -> None:
        """Let go of the answers of a source that is asked nothing more."""
        if all(part.source_id != source for part in (*self.waiting, *self.under_way.values())):
            del self.keeps[source]

    def _tell(self, waits: str) -> None:
        done = self.total - len(self.waiting) - len(self.under_way)
        self.orchestrator.progress(done, self.total, ", ".join(filter(None, ("parts", waits))))

    def _look(self) -> None:
        """Raises Interrupted when the run is to turn back, or this worker to stop."""
        if monotonic() - self.looked >= LOOK_S:
            self.looked = monotonic()
            self.orchestrator.pause(0)


@context_manager()
def finish_collection(orchestrator: MainOrchestrator) -> None:
    """Say how the collection went, and let go of what is too old to keep."""
    collection = collections.get(run_uuid=str(orchestrator.run_uuid))
    _give_up_unread(collection)
    states = Counter(parts.of(collection).values_list("state", flat=True))
    stale, total = states[PartState.STALE], states.total()
    state = CollectionState.PARTIAL if stale else CollectionState.COMPLETE
    state = CollectionState.FAILED if total and stale == total else state
    collections.update(collection, state=state, ended=timezone.now())
    retention.tidy(collection.day)
    message = f"{total - stale} of {total} parts were collected." if total else NOTHING
    if stale:
        message += f" {stale} could not be; their last figures stand in where there are any."
    orchestrator.log(message)
    outcome = publish_writes.outcome(orchestrator.run_uuid)
    result = {
        **outcome,
        "message": f"{message} {outcome['message']}",
        "collection": collection.uuid.hex,
        "stale": stale,
    }
    orchestrator.set_context_value("result", result)


@context_manager()
def tell_published(orchestrator: MainOrchestrator) -> None:
    """Answer with what was published."""
    orchestrator.set_context_value("result", dict(publish_writes.outcome(orchestrator.run_uuid)))


def _give_up_unread(collection: Collection) -> None:
    """Parts whose figures could not be stored: the run that should have done it has failed."""
    for part in parts.filter(collection=collection, state=PartState.READ):
        parts.update(part, state=PartState.STALE, error=UNSTORED, reading=b"")
