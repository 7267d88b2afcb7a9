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
from domains.base.errors import Conflict, ValidationFailed
from domains.club import clients
from domains.club.models import Source
from domains.club.service import communities, kept_answers, last_readings, sources
from domains.club.source_rules import cleaned, source_faults
from domains.club.sources import folder
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.secrets import Secret

SOURCE_KEYS = ["source", "former_source", "former_community"]
SOURCE_SCHEMA: dict[str, Any] = {"source": str, "former_source": dict, "former_community": dict}
FIELDS = ("name", "kind", "config", "features", "active")
UPLOAD_KEPT_S = 86_400
"""How long an uploaded file waits for a source that names it."""
TAKEN = "This application has a source of this name already."


def add_saving(
    orchestrator: MainOrchestrator, source: str, values: dict[str, Any], secret: Secret | None, version: int | None
) -> None:
    """Stage that a source is saved, a new one when `source` is "". See `save_source`."""
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
    row = sources.locked(uuid=UUID(source)) if source else None
    if row and version is not None and version != row.version:
        raise Conflict(
            f"{row.name} was changed by somebody else while you were editing. Nothing of yours is saved yet."
        )
    wanted = _checked(row, values)
    if secret is not None:
        wanted["secret"] = secret.token if secret.reveal() else ""
    orchestrator.set_context_value("former_source", _stored(row) if row else {})
    saved = _changed(row, wanted, "updated") if row else _created(wanted)
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
        _changed(row, _unpacked(former), "change_undone")
    else:
        _record("creation_undone", row, _shown(row), None)
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
    row = sources.locked(uuid=UUID(source))
    orchestrator.set_context_value("former_source", _stored(row))
    _record("deleted", row, _shown(row), None)
    orchestrator.set_context_value("result", {"message": f"{row.name} is deleted."})
    sources.delete(row)


@context_manager(get_contexts={"common": ["former_source"]})
def bring_back_source(orchestrator: MainOrchestrator, source: str) -> None:
    """Undo delete_source; what was read from it last comes back with the next collection."""
    if sources.find(uuid=UUID(source)) is None:
        former = orchestrator.get_context_value("former_source")
        row = sources.create(**_unpacked(former), uuid=UUID(source), application=former["application"])
        _record("deletion_undone", row, None, _shown(row))


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


def _checked(row: Source | None, given: dict[str, Any]) -> dict[str, Any]:
    """The values to store. Raises ValidationFailed with the faults by field."""
    values = cleaned(given)
    faults = {name: ["There is no such field."] for name in values.keys() - {*FIELDS, "application"}}
    stored = {name: getattr(row, name) for name in (*FIELDS, "application")} if row else {}
    whole = {
        "name": "",
        "application": "",
        "kind": "",
        "config": {},
        "features": [],
        "active": True,
        **stored,
        **values,
    }
    faults |= {
        name: ["This cannot be changed. Make a new source instead."]
        for name in ("application", "kind")
        if row and whole[name] != stored[name]
    }
    if whole["application"] not in {app.slug for app in applications.application_list()}:
        faults["application"] = ["Choose an application."]
    elif whole["kind"] not in (known := clients.kinds()):
        faults["kind"] = [f"Choose one of {', '.join(known)}."]
    else:
        faults |= source_faults(whole, known[whole["kind"]])
    same = sources.filter(application=whole["application"], name=whole["name"])
    if not faults and (same.exclude(pk=row.pk) if row else same).exists():
        faults["name"] = [TAKEN]
    if faults:
        raise ValidationFailed("The source was not saved: some values do not fit.", fields=faults)
    return {name: whole[name] for name in ((*FIELDS, "application") if row is None else FIELDS)}


def _created(wanted: dict[str, Any]) -> Source:
    row = sources.create(**wanted)
    _record("created", row, None, _shown(row))
    return row


def _changed(row: Source, wanted: dict[str, Any], said: str) -> Source:
    """Change what differs; another configuration or secret makes the last test and kept answers worthless."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return row
    before = _shown(row)
    if changed.keys() & {"config", "secret"}:
        changed["report"] = None
        kept_answers.bulk_delete(source=row)
    sources.update(row, **changed, version=row.version + 1)
    after = _shown(row)
    names = [name for name in after if name in changed]
    _record(said, row, {name: before[name] for name in names}, {name: after[name] for name in names})
    return row


def _stored(row: Source) -> dict[str, Any]:
    """The row as it can be brought back; its secret stays encrypted and hidden."""
    kept = {name: getattr(row, name) for name in (*FIELDS, "application")}
    return kept | {"secret": Secret.of_token(row.secret) if row.secret else None}


def _unpacked(former: dict[str, Any]) -> dict[str, Any]:
    secret = former["secret"]
    return {name: former[name] for name in FIELDS} | {"secret": secret.token if secret else ""}


def _shown(row: Source) -> dict[str, Any]:
    """The row as an event may hold it: of its secret only whether there is one."""
    return {name: getattr(row, name) for name in FIELDS} | {"secret": bool(row.secret)}


def _record(said: str, row: Source, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    record_event(
        f"club.source.{said}",
        object_type="club.source",
        object_id=row.uuid.hex,
        object_name=row.name,
        before=before,
        after=after,
        application=row.application,
    )
