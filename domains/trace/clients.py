"""The door to where specifications come from: a workspace file, Notion's own export, Notion, or an extension."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from domains.base.errors import ValidationFailed
from domains.extensions import registry
from domains.trace.notion.api import NotionApi
from domains.trace.notion.config import configuration
from domains.trace.service import notion_sources
from domains.trace.sources.base import Copied, CopiedSource, Progress, Source
from domains.trace.sources.csv_export import CsvExport
from domains.trace.sources.notion import NOTION, NotionWorkspace
from domains.trace.sources.workspace_file import MAX_BYTES, WorkspaceFile

__all__ = ["MAX_BYTES", "Copied", "CopiedSource", "NotionWorkspace", "Progress", "Source", "WorkspaceFile"]
FILE = "file"


def workspace_path() -> Path:
    """The workspace file of this installation: the setting TRACE_WORKSPACE, else the copy of the demo."""
    configured: Path | None = settings.VAULT.TRACE_WORKSPACE
    return configured or Path(settings.VAULT_HOME) / "workspace.json"


def reads_notion() -> bool:
    """Whether exports read from Notion."""
    wanted = settings.VAULT.TRACE_SOURCE
    return wanted == NOTION or (not wanted and configuration().is_complete)


def configured_source() -> NotionWorkspace | CopiedSource:
    """The source that an export reads: what TRACE_SOURCE names, else Notion once it is configured, else the file.

    What has come from Notion once does not come from a file because an address was taken away: that is a mistake more
    often than a wish, and would replace what is published. Raises ValidationFailed when it names none.
    """
    wanted = settings.VAULT.TRACE_SOURCE
    if wanted == NOTION or (not wanted and (configuration().is_complete or notion_sources.all().exists())):
        return NotionWorkspace()
    if wanted in ("", FILE):
        path = workspace_path()
        return CsvExport(path) if path.suffix.lower() == ".zip" else WorkspaceFile(path)
    found = registry.sources()
    if wanted not in found:
        known = ", ".join([FILE, NOTION, *sorted(found)])
        raise ValidationFailed(f"TRACE_SOURCE names {wanted}, which is none of {known}.")
    source = found[wanted]()
    if not isinstance(source, CopiedSource):
        raise ValidationFailed(f"The source {wanted} of an extension cannot be read: it has no copy_to.")
    return source


def notion_api(
    *, say: Callable[[str], None] = lambda words: None, stop: Callable[[], bool] = lambda: False
) -> NotionApi:
    """Notion as it is configured. Raises ValidationFailed when it is not."""
    found = configuration()
    if found.is_locked:
        raise ValidationFailed(
            "The stored token for Notion cannot be decrypted with SECRET_KEY. Enter it again on the page Connection, "
            "or put the key it was stored under into SECRET_KEY_FALLBACKS."
        )
    if not found.is_complete:
        raise ValidationFailed(
            "Notion is not configured: a token and a database for each kind are needed. To export from a file instead, "
            "set TRACE_SOURCE to file."
        )
    return NotionApi(found.token, api_url=found.api_url, rate=found.rate, say=say, stop=stop)


def notion_databases() -> dict[str, str]:
    """What is configured for each kind: an address, a database's id or a data source's."""
    return configuration().databases


def content_kinds() -> tuple[str, ...]:
    """The kinds whose pages' content is published too."""
    return configuration().content
