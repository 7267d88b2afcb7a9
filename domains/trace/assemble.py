"""From what a source has left, in the working folder or in the mirror, to the documents of a snapshot."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from domains.applications import reads as applications
from domains.base.errors import ValidationFailed
from domains.trace import clients, mirror, properties, rules, schema, work, workspace
from domains.trace.build import Audience, Built, aliases_of, build_from
from domains.trace.condense import condense, file_key
from domains.trace.models import MirrorFile, Publication
from domains.trace.notion_rows import Mirrored, MirroredPage, Reader
from domains.trace.rules import KINDS, BuiltDocument
from domains.trace.service import documents, entries, mirror_files, mirror_pages, notion_sources
from domains.trace.service.mirror import unpacked
from domains.trace.validation import kind_of_source
from domains.trace.workspace import Workspace

FILES = "/trace/public/files/"
STRICT, LENIENT, MIRROR = "strict", "lenient", "mirror"


def assemble(run: object, how: str, app: str, current: Publication | None) -> Built:
    """The documents. With `app` only that application's are new; the others are those of the current publication."""
    audiences = audiences_of()
    found = _workspace(run, how, aliases_of(audiences))
    if not app or current is None:
        return build_from(found, audiences)
    kept = _kept(current.snapshot_id, app)
    for page, updated, url in entries.filter(snapshot_id=current.snapshot_id).values_list("page_id", "updated", "url"):
        found.edited.setdefault(page, updated.isoformat())
        if url:
            found.urls.setdefault(page, url)
    return build_from(found, [audience for audience in audiences if audience.slug == app], kept)


def audiences_of() -> list[Audience]:
    """Every application that is published, with its filters."""
    types = rules.DATA_TYPES.items()
    return [
        Audience(info.slug, info.name, {k: applications.application_filter(info.slug, t) for k, t in types})
        for info in applications.application_list(active_only=True)
    ]


def check_application(app: str) -> None:
    """Raises ValidationFailed for one that is not published."""
    known = [info.slug for info in applications.application_list(active_only=True)]
    if app and app not in known:
        fault = f"There is no active application {app}; there are {', '.join(known) or 'none'}."
        raise ValidationFailed(fault, fields={"app": [fault]})


def _kept(snapshot_id: int, app: str) -> list[BuiltDocument]:
    return [
        BuiltDocument(row.application, row.kind, row.items, gzip.decompress(bytes(row.blob.gzip)), row.blob.sha256)
        for row in documents.of(snapshot_id).exclude(application=app)
    ]


def _workspace(run: object, how: str, aliases: dict[str, str]) -> Workspace:
    public = settings.VAULT.TRACE_PUBLIC_FIELDS
    if how == MIRROR:
        files = {row.address: _public_address(row) for row in mirror_files.fetched().iterator()}
        return Reader(aliases, public, files).read(_mirrored(files))
    document = workspace.parse(work.read_source(run))
    if how == STRICT:
        return workspace.read_rows(document, aliases, public)
    return Reader(aliases, public, {}).read(_of_document(document))


def _public_address(row: MirrorFile) -> str:
    return f"{FILES}{row.sha256}{row.extension}"


def _mirrored(files: dict[str, str]) -> list[Mirrored]:
    contents = clients.content_kinds()
    found = {source.kind: source for source in notion_sources.filter(kind__in=KINDS)}
    return [
        Mirrored(kind, source.data_source_id, source.properties, source.keys, _pages(kind, kind in contents, files))
        for kind in KINDS
        if (source := found.get(kind))
    ]


def _pages(kind: str, with_content: bool, files: dict[str, str]) -> Iterator[MirroredPage]:
    by_key = {file_key(address): copy for address, copy in files.items()}
    for row in mirror_pages.of_kind(kind):
        content = mirror.with_copies(row.content, by_key) if with_content else None
        yield MirroredPage(unpacked(row), content, row.content_note if with_content else "")


def _of_document(document: Any) -> list[Mirrored]:
    """A workspace whose rows need not be sound; a kind that is missing has none."""
    return [_lenient(kind, source) for source in document["data_sources"] if (kind := kind_of_source(source))]


def _lenient(kind: str, source: dict[str, Any]) -> Mirrored:
    properties_of = {name: {"id": name, "name": name, **spec} for name, spec in source["properties"].items()}
    keys = schema.map_keys(properties_of, {}, {}).keys
    pages = (MirroredPage(condense(page, ()).page) for page in properties.live_pages(source))
    return Mirrored(kind, source["id"], properties_of, keys, pages)
