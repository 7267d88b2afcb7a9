"""From a checked workspace to the documents of a snapshot. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domains.extensions.extension import RowFilter
from domains.trace import rules
from domains.trace.problems import Problem
from domains.trace.rules import KINDS, BuiltDocument
from domains.trace.workspace import Workspace, read_rows


@dataclass(frozen=True, slots=True)
class Audience:
    """An application that documents are built for, and which rows of each kind its filters let pass."""

    slug: str
    name: str
    keep: Mapping[str, RowFilter]


@dataclass(frozen=True, slots=True)
class Built:
    """Everything that a snapshot consists of.

    `edited` is the edit time of each page by its id, `urls` its address at the source where there is one.
    """

    digest: str
    documents: list[BuiltDocument]
    edited: dict[str, str]
    notes: list[str]
    urls: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What readers see as `meta.snapshot`."""
        return self.digest[: rules.NAME_DIGITS]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by kind, whatever their application."""
        return {document.kind: document.items for document in self.documents if not document.application}


def build(document: Any, audiences: Sequence[Audience], public_fields: Collection[str] = ()) -> Built:
    """The documents of every application and of all rows; equal input gives equal bytes."""
    return build_from(read_rows(document, aliases_of(audiences), public_fields), audiences)


def aliases_of(audiences: Sequence[Audience]) -> dict[str, str]:
    """Slugs of applications by their names and slugs, written as slugs."""
    return {name: audience.slug for audience in audiences for name in (rules.slug_of(audience.name), audience.slug)}


def build_from(
    workspace: Workspace, audiences: Sequence[Audience], kept: Sequence[BuiltDocument] | None = None
) -> Built:
    """The documents of a workspace; with `kept` only those of the audiences, beside these others as they are."""
    writer = rules.Writer()
    documents = rules.all_documents(workspace.rows, writer) if kept is None else list(kept)
    for audience in audiences:
        documents += rules.application_documents(audience.slug, workspace.rows, audience.keep, writer)
    known = {document.application for document in documents}
    return Built(
        digest=rules.snapshot_digest(documents),
        documents=documents,
        edited=workspace.edited,
        notes=[*workspace.notes, *_unknown_applications(workspace.rows, known)],
        urls=workspace.urls,
        problems=workspace.problems,
    )


def _unknown_applications(rows: Mapping[str, list[rules.Row]], known: set[str]) -> list[str]:
    named = {slug for kind in KINDS for row in rows[kind] for slug in row["applications"]} - known
    return [f"Rows name the application {slug}, which Vault does not publish." for slug in sorted(named)]
