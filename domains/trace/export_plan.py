"""Which steps lead from a source to documents."""

from __future__ import annotations

from domains.orchestration.main import MainOrchestrator
from domains.trace import assemble, clients, fetch_details, fetch_steps, writes
from domains.trace.rules import KINDS
from domains.trace.sources.base import CopiedSource
from domains.trace.sources.notion import NotionWorkspace


def add_building(orchestrator: MainOrchestrator, *, full: bool, app: str, dry_run: bool) -> None:
    """Add the steps that read the configured source and build the documents. Raises ValidationFailed."""
    assemble.check_application(app)
    source = clients.configured_source()
    if isinstance(source, NotionWorkspace):
        _add_fetching(orchestrator, full)
        how = assemble.MIRROR
    else:
        _add_copying(orchestrator, source)
        how = assemble.STRICT if source.is_strict else assemble.LENIENT
    orchestrator.add_step(
        writes.build_snapshot,
        rollback=writes.forget_built,
        kwargs={"how": how, "app": app, "dry_run": dry_run},
        title="Build the documents",
        kind="external",
        rollback_self=True,
    )


def _add_fetching(orchestrator: MainOrchestrator, full: bool) -> None:
    add = orchestrator.add_step
    add(fetch_steps.read_schemas, title="Read the schemas", kind="external")
    for kind in KINDS:
        add(fetch_steps.fetch_pages, kwargs={"kind": kind, "full": full}, title=f"Read {kind}", kind="external")
    add(fetch_details.complete_lists, title="Complete long lists", kind="external")
    add(fetch_details.read_contents, title="Read contents", kind="external")
    add(fetch_details.fetch_files, title="Fetch files", kind="external")


def _add_copying(orchestrator: MainOrchestrator, source: CopiedSource) -> None:
    orchestrator.add_step(
        writes.read_workspace,
        rollback=writes.forget_workspace,
        title="Read the workspace",
        kind="external",
        rollback_self=True,
    )
    if source.is_strict:
        orchestrator.add_step(writes.validate_workspace, title="Validate", kind="external")
