"""From a checked workspace to the documents of a snapshot. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domains.extensions.extension import RowFilter
from domains.trace import rules
from domains.trace.rules import KINDS, BuiltDocument
from domains.trace.workspace import read_rows


@dataclass(frozen=True, slots=True)
class Audience:
    """An application that documents are built for, and which rows of each kind its filters let pass."""

    slug: str
    name: str
    keep: Mapping[str, RowFilter]


@dataclass(frozen=True, slots=True)
class Built:
    """Everything that a snapshot consists of. `edited` is the edit time of each page by its id."""

    digest: str
    documents: list[BuiltDocument]
    edited: dict[str, str]
    notes: list[str]

    @property
    def name(self) -> str:
        """What readers see as `meta.snapshot`."""
        return self.digest[: rules.NAME_DIGITS]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind, whatever their application."""
        return {document.kind: document.items for document in self.documents if not document.application}


def build(document: Any, audiences: Sequence[Audience]) -> Built:
    """The documents of every application and of all rows; equal input gives equal bytes."""
    aliases = {name: audience.slug for audience in audiences for name in (rules.slug_of(audience.name), audience.slug)}
    workspace = read_rows(document, aliases)
    documents = rules.all_documents(workspace.rows)
    for audience in audiences:
        documents += rules.application_documents(audience.slug, workspace.rows, audience.keep)
    notes = [*workspace.notes, *_unknown_applications(workspace.rows, {audience.slug for audience in audiences})]
    return Built(rules.snapshot_digest(documents), documents, workspace.edited, notes)


def _unknown_applications(rows: Mapping[str, list[rules.Row]], known: set[str]) -> list[str]:
    named = {slug for kind in KINDS for row in rows[kind] for slug in row["applications"]} - known
    return [f"Rows name the application {slug}, which Vault does not publish." for slug in sorted(named)]
