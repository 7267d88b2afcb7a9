"""What pages and scripts start of Club beside `domains.orchestration.start`, where a secret or a file is at stake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domains.club.sources import folder
from domains.orchestration.secrets import Secret
from domains.orchestration.start import run_now


def save_source(
    *, actor: Any, uuid: UUID | None, values: dict[str, Any], secret: str | None, version: int | None
) -> UUID:
    """Save a source, a new one where `uuid` is None, and answer its uuid.

    `secret` None leaves it as it is, "" forgets it. Raises ValidationFailed with all faults by field, and Conflict when
    the source is another version by now.
    """
    sealed = None if secret is None else Secret(secret)
    name = uuid.hex if uuid else ""
    run = run_now("club", "save_source", actor=actor, source=name, values=values, secret=sealed, version=version)
    result: Any = run.result
    return UUID(result["uuid"])


def keep_upload(name: str, chunks: Iterable[bytes]) -> str:
    """Keep an uploaded file for file sources; what it is called in their settings. Raises ValidationFailed."""
    return folder.keep_upload(name, chunks)
