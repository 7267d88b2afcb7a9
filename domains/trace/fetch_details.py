"""The steps that read what a page shows a part of: long lists, content and files. Each goes on where it was."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from itertools import islice
from math import ceil
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.utils import timezone

from domains.base.database import atomic_write
from domains.base.errors import UpstreamFailed
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.publishing import storage
from domains.trace import clients, condense, mirror
from domains.trace.fetch_steps import Teller, asking
from domains.trace.models import MirrorFile
from domains.trace.notion.api import Markdown, NotionApi
from domains.trace.notion.download import Downloaded
from domains.trace.notion.errors import FileExpired, FileRefused, NotShared
from domains.trace.rules import KINDS
from domains.trace.service import mirror_files, mirror_pages
from domains.trace.service.mirror import unpacked

MOST_BYTES = 50 * 1024 * 1024
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def complete_lists(orchestrator: MainOrchestrator) -> None:
    """Read the whole of the relations, people and texts that Notion cut, and in the pauses between fetch files."""
    pages = [page for kind in KINDS for page in mirror_pages.cut(kind)]
    teller = Teller(orchestrator, "rows with long lists")
    if pages:
        folder, waiting = _waiting()
        files = iter(waiting)
        with asking(orchestrator, teller) as api:
            for number, page in enumerate(pages, 1):
                _complete(api, page)
                teller.reached(number, len(pages))
                for row in islice(files, ceil(len(waiting) / len(pages))):
                    _fetch(api, row, folder)


def _complete(api: NotionApi, page_id: str) -> None:
    row = mirror_pages.find(page_id=page_id)
    if row is None:
        return
    page = unpacked(row)
    try:
        for identity in row.cut:
            items = api.property_items(page_id, identity)
            page["properties"][identity] = condense.completed(page["properties"][identity], items)
    except NotShared:
        mirror.drop([page_id])  # it went while the others were read
        return
    with atomic_write():
        mirror_pages.complete(row, page)


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def read_contents(orchestrator: MainOrchestrator) -> None:
    """Read the content of pages that changed, for the kinds whose content is published."""
    pages = [page for kind in clients.content_kinds() for page in mirror_pages.without_content(kind)]
    teller = Teller(orchestrator, "contents")
    if pages:
        with asking(orchestrator, teller) as api:
            for number, page in enumerate(pages, 1):
                _read_content(api, page)
                teller.reached(number, len(pages))


def _read_content(api: NotionApi, page_id: str) -> None:
    row = mirror_pages.find(page_id=page_id)
    if row is None:
        return
    try:
        found = api.markdown(page_id)
    except NotShared:
        mirror.drop([page_id])
        return
    content, files = mirror.with_marks(found.text, page_id)
    with atomic_write():
        mirror_files.note(files)
        note = _note(found)
        mirror_pages.update(row, content=content, content_note=note, content_read=timezone.now())


def _note(found: Markdown) -> str:
    left_out = len(found.unknown_block_ids)
    if left_out:
        return f"{left_out} block{'s' if left_out > 1 else ''} of its content cannot be written as text."
    return "Notion does not tell the end of its content." if found.truncated else ""


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def fetch_files(orchestrator: MainOrchestrator) -> None:
    """Fetch the files that Notion keeps, before their addresses expire, under names made of their bytes."""
    folder, waiting = _waiting()
    teller = Teller(orchestrator, "files")
    if waiting:
        with asking(orchestrator, teller) as api:
            for number, row in enumerate(waiting, 1):
                _fetch(api, row, folder)
                teller.reached(number, len(waiting))


def _waiting() -> tuple[Path, list[MirrorFile]]:
    """The folder of the copies, and the files that have none there."""
    folder = files_folder()
    waiting = list(mirror_files.pending())
    if waiting or mirror_files.fetched().exists():
        with storage.writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            there = set(os.listdir(folder))
        waiting += [row for row in mirror_files.fetched() if f"{row.sha256}{row.extension}" not in there]
    return folder, waiting


def files_folder() -> Path:
    """Where the copies are."""
    return Path(settings.VAULT_DATA_ROOT) / "trace" / "files"


def _fetch(api: NotionApi, row: MirrorFile, folder: Path) -> None:
    """Keep a copy, or why there is none: one file that is not to be had stops no export."""
    draft = folder / f".{row.key}.{os.getpid()}"
    try:
        with storage.writing(folder):
            done = _download(api, row, draft)
            extension = _extension(row.name or PurePosixPath(row.address).name)
            os.replace(draft, folder / f"{done.sha256}{extension}")
        found: dict[str, Any] = {"sha256": done.sha256, "extension": extension, "size": done.size}
        found |= {"content_type": done.content_type[:200], "signed": "", "fault": ""}
    except UpstreamFailed as error:
        found = {"fault": error.message[:500]}  # the next export asks again
    except (FileRefused, FileExpired, NotShared) as error:
        found = {"fault": error.message[:500], "signed": ""}
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    with atomic_write():
        mirror_files.update(row, **found)


def _download(api: NotionApi, row: MirrorFile, draft: Path) -> Downloaded:
    """The file, from a fresh address when the known one is no longer good."""
    if row.signed:
        with suppress(FileExpired):
            return api.download(row.signed, draft, max_bytes=MOST_BYTES)
    return api.download(_fresh_address(api, row), draft, max_bytes=MOST_BYTES)


def _fresh_address(api: NotionApi, row: MirrorFile) -> str:
    if not row.property_id:
        return _signed(condense.signed_links(api.markdown(row.page_id).text), row)
    found: list[condense.KeptFile] = []
    for item in api.property_items(row.page_id, row.property_id):
        condense.slim(item, found)
    return _signed([file.signed for file in found], row)


def _signed(links: list[str], row: MirrorFile) -> str:
    for link in links:
        if condense.unsigned(link) == row.address:
            return link
    raise FileRefused("The file is no longer on its page.")


def _extension(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""
