"""What pages and scripts start of Club, in one place: with the same keys, so that nothing runs twice at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domains.club import source_store
from domains.club.models import Member, Source
from domains.club.rules import collect_key
from domains.club.service import sources
from domains.club.sources import folder
from domains.orchestration.secrets import Secret
from domains.orchestration.start import RunInfo, run_now, start


def start_collection(actor: Any, app: str = "", feature: str = "") -> RunInfo:
    """Queue a collection of an application and a feature, "" for all; the one about the same that is under way."""
    key = collect_key(app, feature)
    return start("club", "collect", actor=actor, key=key, application=app, app=app, feature=feature)


def testing_key(source: UUID) -> str:
    """The key of the runs that test a source: one at a time."""
    return f"club.test:{source.hex}"


def start_test(actor: Any, source: Source) -> RunInfo:
    """Queue the run that asks a source whether it works; the one under way while there is one."""
    key, app = testing_key(source.uuid), source.application
    return start("club", "test_source", actor=actor, key=key, application=app, source=source.uuid.hex)


def start_erasure(actor: Any, member: Member) -> RunInfo:
    """Queue the run that erases a member; the one under way while there is one."""
    key, app = f"club.erase:{member.uuid.hex}", member.application
    return start("club", "erase_member", actor=actor, key=key, application=app, member=member.uuid.hex)


def save_source(
    *, actor: Any, uuid: UUID | None, values: dict[str, Any], secret: str | None, version: int | None
) -> UUID:
    """Save a source, a new one where `uuid` is None, and answer its uuid.

    `secret` None leaves it as it is, "" forgets it. Raises ValidationFailed with all faults by field, and Conflict when
    the source is another version by now.
    """
    row = sources.filter(uuid=uuid).first() if uuid else None
    if row or not uuid:
        source_store.checked(row, values)  # a slip of the pen is no run that failed
    sealed = None if secret is None else Secret(secret)
    name = uuid.hex if uuid else ""
    run = run_now("club", "save_source", actor=actor, source=name, values=values, secret=sealed, version=version)
    result: Any = run.result
    return UUID(result["uuid"])


def keep_upload(name: str, chunks: Iterable[bytes]) -> str:
    """Keep an uploaded file for file sources; what it is called in their settings. Raises ValidationFailed."""
    return folder.keep_upload(name, chunks)
