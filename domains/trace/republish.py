"""The steps that publish a stored snapshot: an older one again, or one that was held for approval."""

from __future__ import annotations

from domains.base.errors import Conflict
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.trace import rows, work
from domains.trace.models import Snapshot
from domains.trace.publish_writes import PLACE, SOURCE, call_off, hold, record_snapshot_event, set_place
from domains.trace.published import store
from domains.trace.service import blobs, entries, publications, snapshots

HELD = "{} It is stored as snapshot {} and waits for somebody's approval; readers get what they got before."


@context_manager(get_contexts={"common": ["snapshot", "held"]}, set_contexts={"common": []})
def end_when_held(orchestrator: MainOrchestrator) -> None:
    """End the run here, well, when its snapshot waits for approval. Changes nothing that readers get."""
    reason, name = orchestrator.get_context_value("held"), orchestrator.get_context_value("snapshot")
    if reason:
        work.remove(orchestrator.run_uuid)
        message = HELD.format(reason, name)
        orchestrator.set_context_value("result", {"message": message, "snapshot": name, "changed": False, "held": True})
        orchestrator.set_context_value("result_status", 200)


@context_manager(get_contexts={"common": []}, set_contexts={"common": [*PLACE, *SOURCE]})
def choose_snapshot(orchestrator: MainOrchestrator, snapshot: str) -> None:
    """Prepare to publish a stored snapshot. Raises NotFound, or Conflict when it is held or what readers get."""
    found = snapshots.get(name=snapshot)
    if found.held:
        raise Conflict(f"The snapshot {snapshot} waits for approval. Approve it, or dismiss it.")
    current = publications.current()
    if current and current.snapshot_id == found.pk and store.is_served(current.folder):
        raise Conflict(f"The snapshot {snapshot} is what readers get already.")
    if not entries.filter(snapshot=found).exists():
        rows.insert_entries(found)
    orchestrator.set_context_value("snapshot", found.name)
    orchestrator.set_context_value("former", current.folder if current else "")
    orchestrator.set_context_value("source", found.source or f"snapshot {found.name}")
    orchestrator.set_context_value("source_sha256", found.source_sha256)
    set_place(orchestrator, found)


@context_manager(get_contexts={"common": ["folder"]}, set_contexts={"common": []})
def unchoose_snapshot(orchestrator: MainOrchestrator, snapshot: str) -> None:
    """Undo choose_snapshot."""
    call_off(orchestrator)


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["held"]})
def release_snapshot(orchestrator: MainOrchestrator, snapshot: str) -> None:
    """Approve a held snapshot. Raises NotFound, or Conflict when it does not wait for approval."""
    found = _held(snapshot)
    orchestrator.set_context_value("held", found.held)
    record_snapshot_event("approved", found, before={"held": found.held}, after={"held": ""})
    snapshots.update(found, held="")


@context_manager(get_contexts={"common": ["held"]}, set_contexts={"common": []})
def hold_again(orchestrator: MainOrchestrator, snapshot: str) -> None:
    """Undo release_snapshot."""
    reason = orchestrator.get_context_value("held")
    found = snapshots.find(name=snapshot)
    if found:
        hold(found, reason)


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def dismiss_snapshot(orchestrator: MainOrchestrator, snapshot: str) -> None:
    """Let go of a held snapshot; one that was published before stays as what it was. Raises NotFound or Conflict."""
    found = _held(snapshot)
    record_snapshot_event("dismissed", found, before={"held": found.held, "counts": found.counts})
    snapshots.update(found, held="")
    snapshots.delete_unpublished()
    blobs.delete_unused()
    message = f"Dismissed the snapshot {snapshot}. Readers get what they got before."
    orchestrator.set_context_value("result", {"message": message, "snapshot": snapshot, "changed": False})


def _held(name: str) -> Snapshot:
    found = snapshots.get(name=name)
    if not found.held:
        raise Conflict(f"The snapshot {name} does not wait for approval.")
    return found
