"""The steps of an export, and what undoes them."""

from __future__ import annotations

from django.utils import timezone

from domains.applications import reads as applications
from domains.audit.writes import record_event
from domains.base import ambient
from domains.base.database import atomic_write
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.trace import clients, publication, reads, rows, rules, work, workspace
from domains.trace.build import Audience, Built, build
from domains.trace.models import Publication, Snapshot
from domains.trace.service import blobs, entries, publications, snapshots

KEEP = 30
UNCHANGED = "Nothing has changed since the last export, so readers get what they got before."
NOTES = 20


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["source", "source_sha256"]})
def read_workspace(orchestrator: MainOrchestrator) -> None:
    """Copy the workspace, so that every later step, and a resumed run, sees the same bytes."""
    _give_way(orchestrator)
    source = clients.configured_source()
    copied = source.copy_to(work.begin(orchestrator.run_uuid) / work.SOURCE, orchestrator.progress)
    orchestrator.log(f"Read {copied.size:,} bytes from {source.name}.")
    orchestrator.set_context_value("source", source.name)
    orchestrator.set_context_value("source_sha256", copied.sha256)


def _give_way(orchestrator: MainOrchestrator) -> None:
    """End early and well when another export is under way, however it was started: two would undo each other."""
    other = reads.export_under_way(orchestrator.run_uuid)
    if other is not None:
        message = "Another export is under way, so this one was not needed."
        orchestrator.set_context_value("result", {"message": message, "changed": False, "under_way": str(other)})
        orchestrator.set_context_value("result_status", 200)


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def forget_workspace(orchestrator: MainOrchestrator) -> None:
    """Undo read_workspace."""
    work.remove(orchestrator.run_uuid)


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def validate_workspace(orchestrator: MainOrchestrator) -> None:
    """Refuse a workspace with faults, all of them at once. Changes nothing."""
    workspace.check(workspace.parse(work.read_source(orchestrator.run_uuid)))


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["snapshot", "former"]})
def build_snapshot(orchestrator: MainOrchestrator) -> None:
    """Build every document. The run ends here, early and well, when they are what readers get already."""
    built = build(workspace.parse(work.read_source(orchestrator.run_uuid)), _audiences())
    for note in built.notes[:NOTES]:
        orchestrator.log(note)
    current = publications.current()
    if current and current.snapshot.digest == built.digest and publication.is_served(current.folder):
        _finish_unchanged(orchestrator, current)
    work.write_built(orchestrator.run_uuid, built)
    orchestrator.set_context_value("snapshot", built.name)
    orchestrator.set_context_value("former", publication.current_folder())
    orchestrator.progress(len(built.documents), len(built.documents), "documents")


def _audiences() -> list[Audience]:
    types = rules.DATA_TYPES.items()
    return [
        Audience(info.slug, info.name, {k: applications.application_filter(info.slug, t) for k, t in types})
        for info in applications.application_list(active_only=True)
    ]


def _finish_unchanged(orchestrator: MainOrchestrator, current: Publication) -> None:
    with atomic_write():
        publications.update(current, checked=timezone.now())
    work.remove(orchestrator.run_uuid)
    orchestrator.log(UNCHANGED)
    counts = current.snapshot.counts
    result = {"message": UNCHANGED, "snapshot": current.snapshot.name, "changed": False, "counts": counts}
    orchestrator.set_context_value("result", result)
    orchestrator.set_context_value("result_status", 200)


@context_manager(
    get_contexts={"common": ["snapshot", "former"]}, set_contexts={"common": ["folder", "published", "changes"]}
)
def store_snapshot(orchestrator: MainOrchestrator) -> None:
    """Put the snapshot into the database, beside those that are there; equal rows are stored once."""
    built = work.read_built(orchestrator.run_uuid)
    snapshot = snapshots.find(digest=built.digest) or _insert_snapshot(built)
    if not entries.filter(snapshot=snapshot).exists():
        rows.insert_entries(snapshot.pk, built)
    former = publications.current()
    changes = rows.changes_since(former.snapshot_id if former else None, built)
    orchestrator.set_context_value("folder", f"{built.name}-{orchestrator.run_uuid.hex[:8]}")
    orchestrator.set_context_value("published", timezone.now())
    orchestrator.set_context_value(
        "changes", {"added": changes.added, "changed": changes.changed, "removed": changes.removed}
    )


def _insert_snapshot(built: Built) -> Snapshot:
    apps = sorted({document.application for document in built.documents} - {""})
    snapshot = snapshots.create(name=built.name, digest=built.digest, counts=built.counts, applications=apps)
    rows.insert_documents(snapshot.pk, built.documents)
    return snapshot


@context_manager(get_contexts={"common": ["snapshot"]}, set_contexts={"common": []})
def drop_snapshot(orchestrator: MainOrchestrator) -> None:
    """Undo store_snapshot, unless the snapshot was published before."""
    snapshots.filter(name=orchestrator.get_context_value("snapshot"), publications=None).delete()
    blobs.delete_unused()


@context_manager(get_contexts={"common": ["snapshot", "folder", "published", "changes"]}, set_contexts={"common": []})
def stage_files(orchestrator: MainOrchestrator) -> None:
    """Write the files of the publication into a folder that nobody reads yet."""
    snapshot = snapshots.get(name=orchestrator.get_context_value("snapshot"))
    files = rows.published_files(snapshot)
    published = orchestrator.get_context_value("published").isoformat()
    entry = {"snapshot": snapshot.name, "published": published, "counts": rules.in_order(snapshot.counts)}
    entry |= orchestrator.get_context_value("changes")
    index = {
        "service": "trace",
        "snapshot": snapshot.name,
        "published": published,
        "applications": snapshot.applications,
        "files": [publication.index_file(file) for file in files],
        "history": [entry, *(rows.history_entry(row) for row in publications.newest()[: KEEP - 1])],
    }
    publication.write_version(orchestrator.get_context_value("folder"), files, index)
    orchestrator.progress(len(files), len(files), "files")


@context_manager(get_contexts={"common": ["folder"]}, set_contexts={"common": []})
def remove_files(orchestrator: MainOrchestrator) -> None:
    """Undo stage_files."""
    publication.remove_version(orchestrator.get_context_value("folder"))


@context_manager(get_contexts={"common": ["snapshot", "folder", "former"]}, set_contexts={"common": []})
def publish_files(orchestrator: MainOrchestrator) -> None:
    """Put the publication before readers: one link is swapped, so all kinds and applications change together."""
    folder = orchestrator.get_context_value("folder")
    snapshot = snapshots.get(name=orchestrator.get_context_value("snapshot"))
    former = orchestrator.get_context_value("former")
    publication.switch(expected=former, folder=folder, applications=snapshot.applications)
    kept = [row.folder for row in publications.newest()[: KEEP - 1]]
    publication.prune([*kept, folder, former])
    work.remove(orchestrator.run_uuid)


@context_manager(get_contexts={"common": ["folder", "former"]}, set_contexts={"common": []})
def withdraw_files(orchestrator: MainOrchestrator) -> None:
    """Undo publish_files: readers get what they got before."""
    publication.switch_back(
        folder=orchestrator.get_context_value("folder"), former=orchestrator.get_context_value("former")
    )


@context_manager(
    get_contexts={"common": ["snapshot", "folder", "published", "changes", "source", "source_sha256"]},
    set_contexts={"common": []},
)
def record_publication(orchestrator: MainOrchestrator) -> None:
    """Say in the database what readers get now, with an event, and let go of what is too old to keep."""
    snapshot = snapshots.get(name=orchestrator.get_context_value("snapshot"))
    former = publications.current()
    changes = orchestrator.get_context_value("changes")
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
        **changes,
    )
    _record("published", former, row)
    publications.make_current(row)
    _tidy(row, former)
    counts = snapshot.counts
    message = f"Published {rules.counted(counts)}: {rules.changes_in_words(changes)}."
    orchestrator.set_context_value(
        "result", {"message": message, "snapshot": snapshot.name, "changed": True, "counts": counts}
    )


def _record(said: str, before: Publication | None, after: Publication | None) -> None:
    subject = after or before
    if subject is not None:
        record_event(
            f"trace.snapshot.{said}",
            object_type="trace.snapshot",
            object_id=subject.snapshot.uuid,
            object_name=subject.snapshot.name,
            before=rows.history_entry(before) if before else None,
            after=rows.history_entry(after) if after else None,
        )


def _tidy(row: Publication, former: Publication | None) -> None:
    publications.delete_beyond(KEEP)
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
