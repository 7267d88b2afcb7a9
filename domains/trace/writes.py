"""The steps of an export up to the documents, and what undoes them; publish_writes.py has those that follow."""

from __future__ import annotations

from django.conf import settings
from django.utils import timezone

from domains.base.database import atomic_write
from domains.base.errors import Conflict
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.trace import clients, difference, reads, rules, work, workspace
from domains.trace.assemble import MIRROR, assemble
from domains.trace.build import Built
from domains.trace.models import Publication
from domains.trace.problems import in_words, told
from domains.trace.published import store
from domains.trace.service import publications
from domains.trace.sources.notion import NotionWorkspace

UNCHANGED = "Nothing has changed since the last export, so readers get what they got before."
NOTES = 20


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["source", "source_sha256"]})
def read_workspace(orchestrator: MainOrchestrator) -> None:
    """Copy the workspace, so that every later step, and a resumed run, sees the same bytes."""
    give_way(orchestrator)
    source = clients.configured_source()
    if isinstance(source, NotionWorkspace):
        raise Conflict("Notion was configured after this export was started. Run it again.")
    copied = source.copy_to(work.begin(orchestrator.run_uuid) / work.SOURCE, orchestrator.progress)
    orchestrator.log(f"Read {copied.size:,} bytes from {source.name}.")
    orchestrator.set_context_value("source", source.name)
    orchestrator.set_context_value("source_sha256", copied.sha256)


def give_way(orchestrator: MainOrchestrator) -> None:
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
def forget_built(orchestrator: MainOrchestrator, how: str, app: str, dry_run: bool) -> None:
    """Undo build_snapshot."""
    work.remove(orchestrator.run_uuid)


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def validate_workspace(orchestrator: MainOrchestrator) -> None:
    """Refuse a workspace with faults, all of them at once. Changes nothing."""
    workspace.check(workspace.parse(work.read_source(orchestrator.run_uuid)))


@context_manager(
    get_contexts={"common": ["source"]}, set_contexts={"common": ["snapshot", "former", "held", "problems"]}
)
def build_snapshot(orchestrator: MainOrchestrator, how: str, app: str, dry_run: bool) -> None:
    """Build every document. The run ends here, early and well, when they are what readers get already."""
    current = publications.current()
    if how == MIRROR:
        work.begin(orchestrator.run_uuid)
    built = assemble(orchestrator.run_uuid, how, app, current)
    _tell(orchestrator, built)
    source = orchestrator.get_context_value("source")
    held = difference.reason_to_hold(current, built, source, settings.VAULT.TRACE_MAX_LOSS)
    if dry_run:
        _finish_dry(orchestrator, current, built, held)
    if current and current.snapshot.digest == built.digest and store.is_served(current.folder):
        _finish_unchanged(orchestrator, current, built)
    work.write_built(orchestrator.run_uuid, built)
    orchestrator.set_context_value("snapshot", built.name)
    orchestrator.set_context_value("former", current.folder if current else "")
    orchestrator.set_context_value("held", held)
    orchestrator.set_context_value("problems", {"problems": told(built.problems), "problem_count": len(built.problems)})
    orchestrator.progress(len(built.documents), len(built.documents), "documents")


def _tell(orchestrator: MainOrchestrator, built: Built) -> None:
    """Say what is worth saying in the run's log."""
    for note in built.notes[:NOTES]:
        orchestrator.log(note)
    if built.problems:
        orchestrator.log(f"{in_words(built.problems)}. The rows are published with what is right of them.")
    for problem in built.problems[:NOTES]:
        orchestrator.log(f"{problem.kind}, {problem.name[:100]}: {problem.text}")


def _finish_unchanged(orchestrator: MainOrchestrator, current: Publication, built: Built) -> None:
    with atomic_write():
        publications.update(current, checked=timezone.now())
    work.remove(orchestrator.run_uuid)
    orchestrator.log(UNCHANGED)
    result = {"message": UNCHANGED, "snapshot": current.snapshot.name, "changed": False}
    result |= {"counts": current.snapshot.counts, "problems": told(built.problems)}
    orchestrator.set_context_value("result", result | {"problem_count": len(built.problems)})
    orchestrator.set_context_value("result_status", 200)


def _finish_dry(orchestrator: MainOrchestrator, current: Publication | None, built: Built, held: str) -> None:
    """End the run here with what it would have changed."""
    changes, rows = difference.since(current, built)
    work.remove(orchestrator.run_uuid)
    message = f"Nothing was published. An export would publish {rules.counted(built.counts)}: "
    message += f"{rules.changes_in_words(changes)}." + (f" It would wait for approval. {held}" if held else "")
    result = {"message": message, "dry_run": True, "changed": False, "snapshot": built.name, "counts": built.counts}
    result |= {"changes": changes, "rows": rows, "held": held}
    result |= {"problems": told(built.problems), "problem_count": len(built.problems)}
    orchestrator.set_context_value("result", result)
    orchestrator.set_context_value("result_status", 200)
