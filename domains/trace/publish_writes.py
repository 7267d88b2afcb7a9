"""The steps that store a snapshot and put it before readers, and what undoes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from domains.audit.writes import record_event
from domains.base import ambient
from domains.base.errors import Conflict, VaultError
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.trace import follow, rows, rules, staging, work
from domains.trace.build import Built
from domains.trace.models import Publication, Snapshot
from domains.trace.published import store
from domains.trace.rows import Page
from domains.trace.service import blobs, comings, entries, publications, removals, snapshots

PLACE = ["snapshot", "former", "folder", "published", "changes"]
SOURCE = ["source", "source_sha256"]
HELD_LENGTH = 500


@context_manager(
    get_contexts={"common": ["snapshot", "held", *SOURCE]}, set_contexts={"common": ["folder", "published", "changes"]}
)
def store_snapshot(orchestrator: MainOrchestrator) -> None:
    """Put the snapshot into the database, beside those that are there; equal rows are stored once.

    It is marked as waiting for approval when the guard has found a reason.
    """
    built = work.read_built(orchestrator.run_uuid)
    snapshot = snapshots.find(digest=built.digest) or _insert_snapshot(orchestrator, built)
    if not entries.filter(snapshot=snapshot).exists():
        rows.insert_entries(snapshot)
    hold(snapshot, orchestrator.get_context_value("held") or "")
    set_place(orchestrator, snapshot)


def hold(snapshot: Snapshot, reason: str) -> None:
    """Mark a snapshot as one that waits for approval, with an event; nothing for no reason, or the same."""
    if reason and snapshot.held != reason[:HELD_LENGTH]:
        record_snapshot_event("held", snapshot, before={"held": snapshot.held}, after={"held": reason[:HELD_LENGTH]})
        snapshots.update(snapshot, held=reason[:HELD_LENGTH])


def _insert_snapshot(orchestrator: MainOrchestrator, built: Built) -> Snapshot:
    snapshot = snapshots.create(
        name=built.name,
        digest=built.digest,
        counts=built.counts,
        applications=sorted({document.application for document in built.documents} - {""}),
        pages=rows.pack_pages({key: Page(edited, built.urls.get(key, "")) for key, edited in built.edited.items()}),
        source=orchestrator.get_context_value("source")[:500],
        source_sha256=orchestrator.get_context_value("source_sha256"),
        run_uuid=str(orchestrator.run_uuid),
    )
    rows.insert_documents(snapshot.pk, built.documents)
    return snapshot


def set_place(orchestrator: MainOrchestrator, snapshot: Snapshot) -> None:
    """Say where and when the snapshot will be published, and what changes for readers; announce it to all machines."""
    former = publications.current()
    changes = rows.changes_between(former.snapshot_id if former else None, snapshot.pk)
    counts = {"added": changes.added, "changed": changes.changed, "removed": changes.removed}
    folder, at = f"{snapshot.name}-{orchestrator.run_uuid.hex[:8]}", timezone.now()
    orchestrator.set_context_value("folder", folder)
    orchestrator.set_context_value("published", at)
    orchestrator.set_context_value("changes", counts)
    if not snapshot.held:
        comings.announce(folder=folder, snapshot=snapshot, at=at, **counts)


@context_manager(get_contexts={"common": ["snapshot", "folder"]}, set_contexts={"common": []})
def drop_snapshot(orchestrator: MainOrchestrator) -> None:
    """Undo store_snapshot, unless the snapshot was published before or waits for approval."""
    call_off(orchestrator)
    snapshots.filter(name=orchestrator.get_context_value("snapshot"), publications=None, held="").delete()
    blobs.delete_unused()


@context_manager(get_contexts={"common": ["snapshot", "folder", "published", "changes"]}, set_contexts={"common": []})
def stage_files(orchestrator: MainOrchestrator) -> None:
    """Write the files of the publication into a folder that nobody reads yet."""
    snapshot = snapshots.get(name=orchestrator.get_context_value("snapshot"))
    published: datetime = orchestrator.get_context_value("published")
    changes = orchestrator.get_context_value("changes")
    earlier = list(publications.newest()[: staging.KEEP - 1])
    with store.lock():
        count = staging.write(orchestrator.get_context_value("folder"), snapshot, published, changes, earlier)
    orchestrator.progress(count, count, "files")


@context_manager(get_contexts={"common": ["folder"]}, set_contexts={"common": []})
def remove_files(orchestrator: MainOrchestrator) -> None:
    """Undo stage_files."""
    store.remove_version(orchestrator.get_context_value("folder"))


@context_manager(get_contexts={"common": ["folder"]}, set_contexts={"common": []})
def wait_for_machines(orchestrator: MainOrchestrator) -> None:
    """Give every machine that serves readers the time to write its files, so that all of them switch at once."""
    for name in follow.wait_for_machines(orchestrator.get_context_value("folder"), orchestrator.is_cancelled):
        orchestrator.log(f"{name} is not ready yet; its readers get this publication a little later.")


@context_manager(get_contexts={"common": ["folder"]}, set_contexts={"common": []})
def call_off(orchestrator: MainOrchestrator) -> None:
    """Undo the announcement of what was about to be published."""
    comings.filter(folder=orchestrator.get_context_value("folder") or "").delete()


@context_manager(get_contexts={"common": [*PLACE, *SOURCE, "problems"]}, set_contexts={"common": []})
def record_publication(orchestrator: MainOrchestrator) -> None:
    """The switch: from this commit on the publication is what every machine gives its readers.

    Raises Conflict when something else was published since the run has built its documents.
    """
    former = publications.locked_current()
    _check_former(former, orchestrator.get_context_value("former"))
    snapshot = snapshots.get(name=orchestrator.get_context_value("snapshot"))
    row = _publish(orchestrator, snapshot, former)
    comings.clear()
    _record("published", former, row)
    _tidy(row, former)
    words = rules.changes_in_words(orchestrator.get_context_value("changes"))
    message = f"Published {rules.counted(snapshot.counts)}: {words}."
    result = {"message": message, "snapshot": snapshot.name, "changed": True, "counts": snapshot.counts}
    orchestrator.set_context_value("result", result | (orchestrator.get_context_value("problems") or {}))


def _check_former(former: Publication | None, expected: str) -> None:
    found = former.folder if former else ""
    if found != expected:
        raise Conflict("Another run has published meanwhile. Run this one again.", detail=f"{found}, not {expected}")


def _publish(orchestrator: MainOrchestrator, snapshot: Snapshot, former: Publication | None) -> Publication:
    published = orchestrator.get_context_value("published")
    row = publications.create(
        snapshot=snapshot,
        folder=orchestrator.get_context_value("folder"),
        at=published,
        checked=published,
        run_uuid=str(orchestrator.run_uuid),
        actor_name=ambient.current().actor_name,
        source=orchestrator.get_context_value("source")[:500],
        source_sha256=orchestrator.get_context_value("source_sha256"),
        **orchestrator.get_context_value("changes"),
    )
    publications.make_current(row)
    if former is not None:
        removals.add(row, rows.slugs_gone(former.snapshot_id, snapshot.pk))
    return row


def _record(said: str, before: Publication | None, after: Publication | None) -> None:
    subject = after or before
    if subject is not None:
        record_snapshot_event(
            said,
            subject.snapshot,
            before=staging.history_entry(before) if before else None,
            after=staging.history_entry(after) if after else None,
        )


def record_snapshot_event(
    said: str, snapshot: Snapshot, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
) -> None:
    """Add an event about a snapshot, with what was before and after."""
    record_event(
        f"trace.snapshot.{said}",
        object_type="trace.snapshot",
        object_id=snapshot.uuid,
        object_name=snapshot.name,
        before=before,
        after=after,
    )


def _tidy(row: Publication, former: Publication | None) -> None:
    """Let go of what is too old to keep."""
    publications.delete_beyond(staging.KEEP)
    entries.delete_except([kept.snapshot_id for kept in (row, former) if kept])
    snapshots.delete_unpublished()
    blobs.delete_unused()


@context_manager(get_contexts={"common": ["folder"]}, set_contexts={"common": []})
def strike_publication(orchestrator: MainOrchestrator) -> None:
    """Undo record_publication: the publication before is the current one again."""
    row = publications.find(folder=orchestrator.get_context_value("folder"))
    if row is None:
        return
    former = publications.newest().exclude(pk=row.pk).first()
    publications.make_current(former)
    _record("withdrawn", row, former)
    publications.delete(row)


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def follow_publication(orchestrator: MainOrchestrator) -> None:
    """Show it to the readers of this machine at once; the web processes of every machine do so within a second.

    What the disk refuses here undoes nothing: it is published, and whoever serves readers tries again.
    """
    try:
        follow.follow()
        work.remove(orchestrator.run_uuid)
    except VaultError as error:
        orchestrator.log(f"It is published, but this machine does not show it yet: {error.message}")
