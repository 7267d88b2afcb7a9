"""How Trace publishes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from domains.orchestration.base import BaseOrchestrator
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.trace import writes

KEYS = ["source", "source_sha256", "snapshot", "former", "folder", "published", "changes"]


class TraceOrchestrator(metaclass=BaseOrchestrator):
    """Description: Publishes feature specifications as public JSON."""

    startable: ClassVar[Mapping[str, str]] = {"export": "trace.export_trace"}

    def __init__(self, orchestrator: MainOrchestrator) -> None:
        self.orchestrator = orchestrator

    @context_manager(get_contexts={"common": KEYS}, set_contexts={"common": KEYS})
    def export(self) -> None:
        """Description: Read the workspace and publish it for every application in one switch.

        Input: none; the settings say where the workspace is.
        Output: result, with the snapshot's name, whether anything changed, and rows by kind.
        """
        self.orchestrator.set_context_schema(
            dict.fromkeys(KEYS, str) | {"published": datetime, "changes": dict[str, int]}
        )
        add = self.orchestrator.add_step
        add(
            writes.read_workspace,
            rollback=writes.forget_workspace,
            title="Read the workspace",
            kind="external",
            rollback_self=True,
        )
        add(writes.validate_workspace, title="Validate", kind="external")
        add(writes.build_snapshot, title="Build the documents", kind="external")
        add(writes.store_snapshot, rollback=writes.drop_snapshot, title="Store the snapshot", kind="db")
        add(
            writes.stage_files,
            rollback=writes.remove_files,
            title="Stage the files",
            kind="external",
            rollback_self=True,
        )
        add(
            writes.publish_files,
            rollback=writes.withdraw_files,
            title="Publish",
            kind="external",
            rollback_self=True,
        )
        add(writes.record_publication, rollback=writes.strike_publication, title="Record", kind="db")
