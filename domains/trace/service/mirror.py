"""The tables of what Notion holds."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from domains.base.service import ModelService
from domains.trace.models import MirrorFile, MirrorPage, NotionSource

CHUNK = 200


def packed(page: Mapping[str, Any]) -> bytes:
    """A page as it is stored."""
    return zlib.compress(json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpacked(row: MirrorPage) -> dict[str, Any]:
    """The page that a row holds."""
    found: dict[str, Any] = json.loads(zlib.decompress(row.page))
    return found


class NotionSourceService(ModelService[NotionSource]):
    """Data sources by kind."""

    model = NotionSource


class MirrorPageService(ModelService[MirrorPage]):
    """Pages of data sources."""

    model = MirrorPage
    REPLACED = ("kind", "created", "edited", "digest", "page", "cut", "completed", "seen", "content_read")

    def known(self, page_ids: Iterable[str]) -> dict[str, MirrorPage]:
        """Those of the pages that are there, without what they hold."""
        found = self.filter(page_id__in=list(page_ids)).only(
            "page_id", "kind", "digest", "edited", "completed", "content_read"
        )
        return {row.page_id: row for row in found}

    def replace(self, rows: Iterable[MirrorPage]) -> None:
        """Insert the pages, or replace those that are there."""
        self.all().bulk_create(
            rows, update_conflicts=True, unique_fields=["page_id"], update_fields=self.REPLACED, batch_size=CHUNK
        )

    def see(self, page_ids: Iterable[str], run: str) -> None:
        """Mark that a full pass has met these pages."""
        self.filter(page_id__in=list(page_ids)).update(seen=run)

    def of_kind(self, kind: str) -> Iterator[MirrorPage]:
        """The pages of a kind in a fixed order, a few at a time."""
        return self.filter(kind=kind).order_by("page_id").iterator(chunk_size=CHUNK)

    def edits(self, kind: str) -> dict[str, datetime]:
        """When each page of a kind was edited, by page."""
        return dict(self.filter(kind=kind).values_list("page_id", "edited"))

    def unseen(self, kind: str, run: str) -> QuerySet[MirrorPage]:
        """Pages of a kind that the full pass of this run has not met."""
        return self.filter(kind=kind).exclude(seen=run)

    def cut(self, kind: str) -> list[str]:
        """The pages of a kind with properties to complete."""
        return list(self.filter(kind=kind).exclude(cut=[]).order_by("page_id").values_list("page_id", flat=True))

    def without_content(self, kind: str) -> list[str]:
        """The pages of a kind whose content is to be read."""
        return list(self.filter(kind=kind, content_read=None).order_by("page_id").values_list("page_id", flat=True))

    def complete(self, row: MirrorPage, page: Mapping[str, Any]) -> None:
        """Store the page with its whole lists."""
        self.update(row, page=packed(page), cut=[], completed=timezone.now())

    def drop(self, page_ids: Iterable[str]) -> None:
        """Forget pages."""
        for some in _parts(page_ids):
            self.bulk_delete(page_id__in=some)


class MirrorFileService(ModelService[MirrorFile]):
    """Files that Notion keeps."""

    model = MirrorFile

    def note(self, rows: Iterable[MirrorFile]) -> None:
        """Insert files that are new; those that are to be fetched still get the fresh address."""
        self.all().bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["signed", "page_id", "property_id", "name"],
            batch_size=CHUNK,
        )

    def pending(self) -> QuerySet[MirrorFile]:
        """Files that are to be fetched."""
        return self.filter(sha256="").exclude(signed="").order_by("key")

    def fetched(self) -> QuerySet[MirrorFile]:
        """Files that have a copy."""
        return self.all().exclude(sha256="").order_by("key")

    def copies(self) -> dict[str, MirrorFile]:
        """Every file by its address."""
        return {row.address: row for row in self.all().iterator(chunk_size=CHUNK)}


def _parts(values: Iterable[str]) -> Iterator[list[str]]:
    every = list(values)
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))


notion_sources = NotionSourceService()
mirror_pages = MirrorPageService()
mirror_files = MirrorFileService()
