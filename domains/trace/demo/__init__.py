"""A workspace to look at: two applications with some two hundred features."""

from __future__ import annotations

import os
from pathlib import Path

from domains.orchestration.start import run_now
from domains.publishing import storage
from domains.trace import clients, reads

WORKSPACE = Path(__file__).with_name("workspace.json")


def load_demo() -> None:
    """Put the workspace where the export looks for it, and export it for the first time.

    A file that is there stays as it is; nothing is exported once anything was.
    """
    target = clients.workspace_path()
    if not target.exists():
        with storage.writing(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            draft = target.with_name(f".{target.name}.{os.getpid()}")
            storage.write_file(draft, WORKSPACE.read_bytes())
            draft.replace(target)
    if reads.current_publication() is None:
        run_now("trace", "export")
