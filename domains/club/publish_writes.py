"""The steps that make Club's documents and put them before readers, and what undoes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from domains.audit.writes import record_event
from domains.base import ambient
from domains.base.database import atomic_write
from domains.base.errors import VaultError
from domains.club import cached, documents, follow
from domains.club.documents import Publishable
from domains.club.models import ClubDocument, ClubPublication
from domains.club.published import store
from domains.club.service import communities, erasures, members, publications
from domains.club.service import documents as stored
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.start import start
from domains.publishing.documents import compress, fingerprint

PUBLISH_KEY = "club.publish"
UNCHANGED = "Readers get these figures already; nothing was switched."
STAYS = "What was published stays: the publication before may hold somebody who was erased, or a name."
NOT_SHOWN = "It is published, but this machine does not show it yet: {}"


def add_publishing(orchestrator: MainOrchestrator) -> None:
    """Add the steps that publish the figures as they are in the tables when these steps run."""
    add = orchestrator.add_step
    add(
        stage_documents,
        rollback=drop_documents,
        rollback_self=True,
        title="Make the documents",
        kind="external",
    )
    add(record_publication, rollback=strike_publication, title="Publish", kind="db")
    add(follow_publication, title="Show it on this machine", kind="external")


@context_manager()
def stage_documents(orchestrator: MainOrchestrator) -> None:
    """Make the documents and write their files where nobody reads them yet. Nothing when readers get these already."""
    run, upon = str(orchestrator.run_uuid), basis()
    former = publications.find(run_uuid=run)
    if former is None:
        made = documents.build(timezone.now())
        if _is_served(made):
            return
        with atomic_write():
            former = _stage(made, run, upon)
    with store.lock():
        count = follow.write(former.folder)
    orchestrator.progress(count, count, "files")


def basis() -> str:
    """What has to stay as it is between the making of documents and their publication: what readers get, who is there
    and who was erased, and who may be named.
    """
    erased = erasures.all().order_by("-pk").values_list("pk", flat=True).first()
    decided = communities.all().order_by("-modified").values_list("modified", flat=True).first()
    count = members.all().count()
    return f"{publications.current_folder()} {count} {erased or 0} {decided.isoformat() if decided else ''}"


def _is_served(made: Publishable) -> bool:
    current = publications.current()
    return current is not None and current.snapshot == made.snapshot and store.is_served(current.folder)


def _stage(made: Publishable, run: str, upon: str) -> ClubPublication:
    row = publications.create(
        folder=f"{made.snapshot}-{fingerprint(f'{run} {upon}'.encode())[:8]}",
        snapshot=made.snapshot,
        day=made.day,
        at=made.published,
        applications=list(made.applications),
        run_uuid=run,
        actor_name=ambient.current().actor_name,
        staged_upon=upon,
    )
    stored.bulk_create(
        ClubDocument(
            publication=row,
            application=file.application,
            name=file.path.rpartition("/")[2].removesuffix(".json"),
            items=file.items,
            sha256=fingerprint(file.body),
            body=compress(file.body),
        )
        for file in made.files
    )
    return row


@context_manager()
def drop_documents(orchestrator: MainOrchestrator) -> None:
    """Undo stage_documents."""
    row = publications.find(run_uuid=str(orchestrator.run_uuid))
    if row is not None and row.staged_upon:
        with atomic_write():
            publications.delete(row)
        store.remove_version(row.folder)


@context_manager()
def record_publication(orchestrator: MainOrchestrator) -> None:
    """The switch: from this commit on the staged documents are what every machine gives its readers.

    They are made anew here when another run has published since, somebody was erased, or names were forbidden.
    """
    row = publications.find(run_uuid=str(orchestrator.run_uuid))
    if row is None:
        orchestrator.log(UNCHANGED)
        return
    former, now = publications.locked_current(), basis()
    if row.staged_upon != now:
        publications.delete(row)
        row = _stage(documents.build(timezone.now()), row.run_uuid, now)
    publications.make_current(row)
    _record("published", former, row)
    publications.delete_beyond(follow.KEEP)
    stored.delete_except([each for each in (row, former) if each])


def _must_stay(former: ClubPublication | None) -> bool:
    """Whether the publication before may not come back: it was forgotten with somebody who was erased, or somebody was
    erased, or names were decided about, since it was made.
    """
    if former is None:
        return erasures.all().exists()
    decided = communities.filter(modified__gte=former.at)
    return decided.exists() or erasures.filter(at__gte=former.at).exists()


def _record(said: str, before: ClubPublication | None, after: ClubPublication | None) -> None:
    subject = after or before
    if subject is not None:
        record_event(
            f"club.publication.{said}",
            object_type="club.publication",
            object_id=subject.uuid,
            object_name=subject.snapshot,
            before=_values(before) if before else None,
            after=_values(after) if after else None,
        )


def _values(row: ClubPublication) -> dict[str, Any]:
    return {"snapshot": row.snapshot, "day": row.day.isoformat(), "applications": row.applications}


@context_manager()
def strike_publication(orchestrator: MainOrchestrator) -> None:
    """Undo record_publication: the publication before is the current one again, unless it may not be shown any more."""
    row = publications.find(run_uuid=str(orchestrator.run_uuid))
    if row is None or row.staged_upon:
        return
    former = publications.published().exclude(pk=row.pk).first()
    if _must_stay(former):
        orchestrator.log(STAYS)
        return
    if row.current:
        publications.make_current(former)
    _record("withdrawn", row, former)
    publications.delete(row)


@context_manager()
def follow_publication(orchestrator: MainOrchestrator) -> None:
    """Show it to the readers of this machine at once; the web processes of every machine do so within a second.

    What the disk refuses here undoes nothing: it is published, and whoever serves readers tries again.
    """
    try:
        follow.follow()
    except VaultError as error:
        orchestrator.log(NOT_SHOWN.format(error.message))
    cached.forget()


@context_manager()
def forget_older(orchestrator: MainOrchestrator) -> None:
    """Let go of every publication but the one that readers get, with its documents and its files.

    Other machines delete their files within two minutes. A step of kind "external", behind those of `add_publishing`.
    """
    with atomic_write():
        publications.filter(current=False, staged_upon="").delete()
    with store.lock():
        store.prune(publications.folders())


@context_manager()
def start_publication(orchestrator: MainOrchestrator) -> None:
    """Have a worker publish soon, since what may be published has changed. A step of kind "external"."""
    start("club", "publish", key=PUBLISH_KEY)


def outcome(run: object) -> Mapping[str, Any]:
    """What publishing has come to in a run: a sentence, whether readers get something new, and its snapshot."""
    row = publications.find(run_uuid=str(run))
    current = row or publications.current()
    named = current.snapshot if current else ""
    if row is None:
        return {"message": UNCHANGED, "changed": False, "snapshot": named}
    count = stored.of(row).count()
    return {"message": f"Published {count} documents of {row.day}.", "changed": True, "snapshot": named}
