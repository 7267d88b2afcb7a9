"""The steps that change sources, and what an application has decided about names.

An orchestrator stages them with `add_saving`, `add_deleting`, `add_testing` and `add_deciding`; the keys that they use
are SOURCE_KEYS. A source is named by the 32 digits of its uuid.
"""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from domains.applications import reads as applications
from domains.audit.writes import record_event
from domains.base.errors import Conflict, NotFound, ValidationFailed
from domains.club import clients, source_store
from domains.club.service import communities, last_readings, sources
from domains.club.sources import folder
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.secrets import Secret

SOURCE_KEYS = ["source", "former_source", "former_community"]
SOURCE_SCHEMA: dict[str, Any] = {"source": str, "former_source": dict, "former_community": dict}
UPLOAD_KEPT_S = 86_400
"""How long an uploaded file waits for a source that names it."""
UNSEALED = "A secret in the arguments of a run would be readable."


def add_saving(
    orchestrator: MainOrchestrator, source: str, values: dict[str, Any], secret: Secret | None, version: int | None
) -> None:
    """Stage that a source is saved, a new one when `source` is "". See `save_source`.

    Raises ValidationFailed for a secret that is not sealed, before the arguments of the run are stored.
    """
    if secret is not None and not isinstance(secret, Secret):
        raise ValidationFailed(
            "The secret was not saved: enter it on the source's page.", fields={"secret": [UNSEALED]}
        )
    kwargs = {"source": source, "values": values, "secret": secret, "version": version}
    orchestrator.add_step(save_source, rollback=restore_source, title="Save the source", kwargs=kwargs)
    orchestrator.add_step(forget_unasked, title="Forget what it is not asked about any more")


def add_deleting(orchestrator: MainOrchestrator, source: str) -> None:
    """Stage that a source is deleted."""
    orchestrator.add_step(
        delete_source, rollback=bring_back_source, title="Delete the source", kwargs={"source": source}
    )
    orchestrator.add_step(forget_uploads, title="Remove files that no source reads", kind="external")


def add_deciding(orchestrator: MainOrchestrator, app: str, publish_names: bool) -> None:
    """Stage that an application's decision about names is set."""
    kwargs = {"app": app, "publish_names": publish_names}
    orchestrator.add_step(set_community, rollback=restore_community, title="Set the decision", kwargs=kwargs)


@context_manager(set_contexts={"common": ["source", "former_source"]})
def save_source(
    orchestrator: MainOrchestrator, source: str, values: dict[str, Any], secret: Secret | None, version: int | None
) -> None:
    """Keep what was entered, if the source is still the version it was made for; `values` may hold some fields only.

    `values` has application, name, kind, config, features and active. None leaves the secret, an empty one forgets it.
    Raises ValidationFailed with all faults by field, and Conflict.
    """
    row = sources.locked(uuid=uuid_of(source)) if source else None
    if row and version is not None and version != row.version:
        raise Conflict(
            f"{row.name} was changed by somebody else while you were editing. Nothing of yours is saved yet."
        )
    wanted = source_store.checked(row, values)
    if secret is not None:
        wanted["secret"] = secret.token if secret.reveal() else ""
    orchestrator.set_context_value("former_source", source_store.stored(row) if row else {})
    saved = source_store.changed(row, wanted, "updated") if row else source_store.created(wanted)
    orchestrator.set_context_value("source", saved.uuid.hex)
    message = f"{saved.name} is saved."
    orchestrator.set_context_value("result", {"message": message, "uuid": saved.uuid.hex, "version": saved.version})


@context_manager(get_contexts={"common": ["source", "former_source"]})
def restore_source(
    orchestrator: MainOrchestrator, source: str, values: dict[str, Any], secret: Secret | None, version: int | None
) -> None:
    """Undo save_source."""
    row = sources.find(uuid=UUID(orchestrator.get_context_value("source")))
    former = orchestrator.get_context_value("former_source")
    if row is None:
        return
    if former:
        source_store.changed(row, source_store.unpacked(former), "change_undone")
    else:
        source_store.record("creation_undone", row, source_store.shown(row), None)
        sources.delete(row)


@context_manager(get_contexts={"common": ["source"]})
def forget_unasked(orchestrator: MainOrchestrator) -> None:
    """Forget the last readings of features, or of hero metrics, that the source is not asked about any more."""
    row = sources.get(uuid=UUID(orchestrator.get_context_value("source")))
    asked = {each["slug"] for each in row.features}
    asked |= {""} if clients.kind_of(row.kind).has_hero(row.config) else set()
    last_readings.filter(source=row).exclude(feature__in=asked).delete()


@context_manager(set_contexts={"common": ["former_source"]})
def delete_source(orchestrator: MainOrchestrator, source: str) -> None:
    """Delete the source with its last readings and kept answers. Figures that were collected from it stay."""
    row = sources.locked(uuid=uuid_of(source))
    orchestrator.set_context_value("former_source", source_store.stored(row))
    source_store.record("deleted", row, source_store.shown(row), None)
    orchestrator.set_context_value("result", {"message": f"{row.name} is deleted."})
    sources.delete(row)


@context_manager(get_contexts={"common": ["former_source"]})
def bring_back_source(orchestrator: MainOrchestrator, source: str) -> None:
    """Undo delete_source; what was read from it last comes back with the next collection."""
    if sources.find(uuid=UUID(source)) is None:
        former = orchestrator.get_context_value("former_source")
        row = sources.create(**source_store.unpacked(former), uuid=UUID(source), application=former["application"])
        source_store.record("deletion_undone", row, None, source_store.shown(row))


@context_manager()
def forget_uploads(orchestrator: MainOrchestrator) -> None:
    """Remove uploaded files that no source names and that are older than a day."""
    gone = folder.forget_uploads(sources.named_files(), older_than=time.time() - UPLOAD_KEPT_S)
    if gone:
        orchestrator.log(f"Uploaded files removed: {gone:,}.")


@context_manager(set_contexts={"common": ["former_community"]})
def set_community(orchestrator: MainOrchestrator, app: str, publish_names: bool) -> None:
    """Set whether the names of an application's members are published. Raises NotFound for an unknown application."""
    applications.application_get(app, active_only=False)
    row = communities.find(application=app)
    orchestrator.set_context_value("former_community", {"publish_names": row.publish_names} if row else {})
    _decide(app, publish_names)
    said = "are published" if publish_names else "are not published"
    message = f"Names of {app} {said} from the next publication on."
    orchestrator.set_context_value("result", {"message": message})


@context_manager(get_contexts={"common": ["former_community"]})
def restore_community(orchestrator: MainOrchestrator, app: str, publish_names: bool) -> None:
    """Undo set_community."""
    former = orchestrator.get_context_value("former_community")
    _decide(app, bool(former.get("publish_names")))


def uuid_of(source: str) -> UUID:
    """The uuid that a text is. Raises NotFound for what is none."""
    try:
        return UUID(str(source))
    except ValueError as error:
        raise NotFound("There is no such source.") from error


def _decide(app: str, publish_names: bool) -> None:
    row = communities.find(application=app) or communities.create(application=app)
    if row.publish_names == publish_names:
        return
    communities.update(row, publish_names=publish_names)
    record_event(
        "club.community.decided",
        object_type="club.community",
        object_id=app,
        object_name=app,
        before={"publish_names": not publish_names},
        after={"publish_names": publish_names},
        application=app,
    )
