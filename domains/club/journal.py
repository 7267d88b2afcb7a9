"""What came of a part, in one short commit: its figures, what the source said, and the answers to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domains.base.database import atomic_write
from domains.club.clients import Counts, MemoryKeep
from domains.club.collect import Finished
from domains.club.digest import Contribution, digest_of
from domains.club.members import without_erased
from domains.club.models import LastReading, Part, Source
from domains.club.models.collections import PartState
from domains.club.readings import Reading, pack, unpack
from domains.club.service import erasures, kept_answers, last_readings, parts, sources

MOST_WORDS = 500
GONE = "The source was deleted meanwhile."
COUNTS = ("requests", "unchanged", "bytes", "seconds", "waited")


def contribution_of(source: Source, reading: Reading, **values: Any) -> Contribution:
    """What a source says, with what tells its accounts apart."""
    return Contribution(source.name, source.kind, source.uuid.hex, reading, **values)


def settle(part: Part, finished: Finished, keep: MemoryKeep) -> None:
    """Note what came of a part; nothing happens when that was noted before.

    The source's row is held meanwhile, as by an erasure: whoever is erased is either seen here or struck there.
    """
    with atomic_write():
        source = sources.filter(pk=finished.source).select_for_update(no_key=True).first()
        if source is None:
            give_up(part, GONE, finished)
        elif finished.reading is None:
            fail(part, source, finished.error, finished)
            _keep(source, keep)
        else:
            _read(part, source, finished, finished.reading, keep)


def fail(part: Part, source: Source, error: str, finished: Finished | None = None) -> None:
    """Note that a source could not be read, in the transaction that is open; its last reading stands in."""
    last = last_readings.last(source, part.feature)
    give_up(part, error, finished, stale_since=last.at if last else None)
    if last is not None:
        since = last.failing_since or (finished.ended if finished else part.collection.started)
        last_readings.update(last, failing_since=since, error=error[:MOST_WORDS])


def give_up(part: Part, error: str, finished: Finished | None = None, **values: Any) -> None:
    """Note that nothing came of a part."""
    amounts = _amounts(finished) if finished else {}
    parts.settle(part.pk, state=PartState.STALE, error=error[:MOST_WORDS], **amounts, **values)


def _read(part: Part, source: Source, finished: Finished, said: Reading, keep: MemoryKeep) -> None:
    (left,) = without_erased(source.application, [contribution_of(source, said)])
    reading = left.reading
    packed = finished.packed if reading is said else pack(reading)
    last = last_readings.last(source, part.feature)
    digest = digest_of(packed)
    changes = {} if last and last.digest == digest else _difference(last, reading)
    values = _amounts(finished) | changes | {"rows": reading.rows, "reading": packed}
    if not parts.settle(part.pk, state=PartState.READ, **values):
        return
    now = {"at": finished.ended, "reading": packed, "digest": digest, "failing_since": None, "error": ""}
    if last is None:
        last_readings.create(source=source, feature=part.feature, **now)
    else:
        last_readings.update(last, **now)
    _keep(source, keep)


def _keep(source: Source, keep: MemoryKeep) -> None:
    """Store the answers that have come; of those that were only confirmed, the time.

    None once somebody was erased from the application: they may stand in any answer, in those of hero metrics too.
    """
    if erasures.filter(application=source.application).exists():
        keep.answers, keep.fresh = {}, {}
        kept_answers.bulk_delete(source=source)
        return
    fresh = dict(list(keep.fresh.items()))  # the collector may add to it meanwhile
    new = {address: each for address, each in fresh.items() if not _is_same(each, keep.answers.get(address))}
    kept_answers.keep(source.pk, new)
    confirmed = fresh.keys() - new.keys()
    if confirmed:
        kept_answers.confirm(source.pk, confirmed, max(fresh[address].at for address in confirmed))
    keep.answers = keep.answers | fresh
    for address, each in fresh.items():
        if keep.fresh.get(address) is each:
            del keep.fresh[address]


def _is_same(one: Any, other: Any) -> bool:
    return other is not None and replace(one, at=other.at) == other


def _amounts(finished: Finished) -> dict[str, Any]:
    counts: Counts = finished.counts
    return {name: getattr(counts, name) for name in COUNTS} | {"started": finished.started, "ended": finished.ended}


def _difference(last: LastReading | None, reading: Reading) -> dict[str, int]:
    """How many rows were added, changed and removed since the reading before."""
    before, after = _rows(unpack(bytes(last.reading))) if last else {}, _rows(reading)
    return {
        "added": len(after.keys() - before.keys()),
        "removed": len(before.keys() - after.keys()),
        "changed": sum(before[key] != after[key] for key in before.keys() & after.keys()),
    }


def _rows(reading: Reading) -> Mapping[tuple[str, str], object]:
    found: dict[tuple[str, str], object] = {("hero", name): value for name, value in reading.hero.items()}
    found |= {("member", each.key): each for each in reading.members}
    return found | {("item", each.key): each for each in reading.items}
