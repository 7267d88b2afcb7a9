"""Keeping what Notion holds in the database, batch by batch: whoever is interrupted goes on where the mirror ends."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from domains.base.database import atomic_write
from domains.base.json_values import storable
from domains.trace import properties, rules, schema
from domains.trace.condense import Condensed, condense, file_key, signed_links, unsigned
from domains.trace.models import MirrorFile, MirrorPage, NotionSource
from domains.trace.rules import KINDS
from domains.trace.service import mirror_files, mirror_pages, notion_sources
from domains.trace.service.mirror import packed
from domains.trace.windows import moment

MARK = "vault-file:"
_MARKED = re.compile(re.escape(MARK) + r"([0-9a-f]{64})")
SETTLED = timedelta(minutes=2)
Page = Mapping[str, Any]


def followed(source: NotionSource) -> set[str]:
    """Ids of the relations of a data source that follow from others."""
    return set(schema.back_relations(source.properties, source.kind, kinds_by_source()))


def kinds_by_source() -> dict[str, str]:
    """Kinds by data source id."""
    found = notion_sources.filter(kind__in=KINDS)
    return {source.data_source_id: source.kind for source in found}


@dataclass
class Keeper:
    """Keeps the batches of one pass over a data source."""

    source: NotionSource
    run: str
    full: bool
    said: Callable[[int], object]
    kept: int = 0
    news: int = 0

    def __post_init__(self) -> None:
        self.followed = followed(self.source)

    def accept(self, batch: Sequence[Page]) -> None:
        """Store a batch, with how far the pass has come, in one short transaction."""
        pages = [condense(page, self.followed) for page in batch if not page.get("in_trash")]
        newest = max((moment(page["last_edited_time"]) for page in batch), default=None)
        with atomic_write():
            known = mirror_pages.known(page.page["id"] for page in pages)
            fresh = [page for page in pages if _is_news(page, known.get(page.page["id"]), self.source.kind)]
            mirror_pages.replace({page.page["id"]: self._row(page) for page in fresh}.values())
            mirror_files.note(_files(fresh))
            if self.full:
                mirror_pages.see((page.page["id"] for page in pages), self.run)
            if newest and (self.source.reached is None or newest > self.source.reached):
                notion_sources.update(self.source, reached=newest)
        self.kept += len(pages)
        self.news += len(fresh)
        self.said(self.kept)

    def _row(self, condensed: Condensed) -> MirrorPage:
        page = condensed.page
        return MirrorPage(
            page_id=page["id"],
            kind=self.source.kind,
            created=moment(page["created_time"]),
            edited=moment(page["last_edited_time"]),
            digest=condensed.digest,
            page=packed(page),
            cut=condensed.cut,
            seen=self.run if self.full else "",
        )


def _is_news(page: Condensed, known: MirrorPage | None, kind: str) -> bool:
    """Whether the page is to be stored anew.

    What was read beside it, whole lists and content, may be older than an edit of the same minute, which shows in
    nothing else; so it counts only if it was read a while after the edit.
    """
    if known is None or known.digest != page.digest or known.kind != kind:
        return True
    read = [at for at in (known.completed, known.content_read) if at]
    return bool(read) and min(read) < known.edited + SETTLED


def _files(pages: Iterable[Condensed]) -> Iterable[MirrorFile]:
    found = {
        file_key(file.address): MirrorFile(
            key=file_key(file.address),
            address=file.address,
            signed=file.signed,
            page_id=page.page["id"],
            property_id=file.property_id,
            name=file.name[:500],
        )
        for page in pages
        for file in page.files
    }
    return found.values()


def with_marks(text: str, page_id: str) -> tuple[str, list[MirrorFile]]:
    """A content with marks in place of signed addresses, and the files that those lead to."""
    found = {
        file_key(address): MirrorFile(
            key=file_key(address),
            address=address,
            signed=link,
            page_id=page_id,
            name=unquote(address.rsplit("/", 1)[-1])[:500],
        )
        for link in signed_links(text)
        if (address := unsigned(link))
    }
    marked = properties.SIGNED_LINK.sub(lambda link: f"{MARK}{file_key(unsigned(link.group()))}", text)
    return storable(marked), list(found.values())


def with_copies(content: str, files: Mapping[str, str]) -> str:
    """A content with the published addresses of its files, by file; "#" for a file that has no copy."""
    return _MARKED.sub(lambda mark: files.get(mark.group(1), "#"), content)


def begin_pass(source: NotionSource, run: str, now: datetime) -> None:
    """Note that this run reads the data source, unless it does already."""
    if source.run_uuid != run:
        with atomic_write():
            notion_sources.update(source, run_uuid=run, started=now, reached=None)


def drop(page_ids: Iterable[str]) -> None:
    """Forget pages that are gone."""
    gone = list(page_ids)
    if gone:
        with atomic_write():
            mirror_pages.drop(gone)


def in_mirror(kind: str, pages: Iterable[Page]) -> list[str]:
    """Which of these pages of Notion the mirror holds as pages of this kind."""
    known = mirror_pages.known(rules.public_id(page["id"]) for page in pages)
    return [page_id for page_id, row in known.items() if row.kind == kind]
