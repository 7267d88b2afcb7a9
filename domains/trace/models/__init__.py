"""The tables of Trace: what was published, and what Notion holds."""

from __future__ import annotations

from domains.trace.models.machines import Coming, Machine
from domains.trace.models.mirror import MirrorFile, MirrorPage, NotionSource
from domains.trace.models.notion import NotionConnection, NotionPace
from domains.trace.models.snapshots import Blob, Document, Entry, EntryLink, Publication, Removal, Snapshot

__all__ = [
    "Blob",
    "Coming",
    "Document",
    "Entry",
    "EntryLink",
    "Machine",
    "MirrorFile",
    "MirrorPage",
    "NotionConnection",
    "NotionPace",
    "NotionSource",
    "Publication",
    "Removal",
    "Snapshot",
]
