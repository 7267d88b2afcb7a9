"""The tables of Trace, and nothing else that touches them."""

from __future__ import annotations

from domains.trace.service.connection import connections
from domains.trace.service.machines import comings, machines
from domains.trace.service.mirror import mirror_files, mirror_pages, notion_sources
from domains.trace.service.pace import pace
from domains.trace.service.snapshots import blobs, documents, entries, links, publications, removals, snapshots

__all__ = [
    "blobs",
    "comings",
    "connections",
    "documents",
    "entries",
    "links",
    "machines",
    "mirror_files",
    "mirror_pages",
    "notion_sources",
    "pace",
    "publications",
    "removals",
    "snapshots",
]
