"""The steps that change applications."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domains.applications import fields, reads
from domains.applications.models import Application
from domains.applications.service import applications
from domains.audit.writes import record_event
from domains.base import database
from domains.base.errors import Conflict, ValidationFailed
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator

TAKEN = "There is already an application with this address."


@context_manager(get_contexts={"common": []}, set_contexts={"common": []})
def check_values(orchestrator: MainOrchestrator, *, values: dict[str, Any], required: list[str]) -> None:
    """Refuse values that do not fit, all faults at once."""
    _refuse_unfit(values, required)


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["application", "after"]})
def insert_application(orchestrator: MainOrchestrator, *, values: dict[str, Any]) -> None:
    """Add the application."""
    row = applications.create_once(**_clean(values))
    if row is None:
        raise ValidationFailed(TAKEN, fields={"slug": [TAKEN]})
    after = _flat(row)
    _record("created", row, None, after)
    orchestrator.set_context_value("application", row.uuid)
    orchestrator.set_context_value("after", after)


@context_manager(get_contexts={"common": ["application", "after"]}, set_contexts={"common": []})
def remove_application(orchestrator: MainOrchestrator, *, values: dict[str, Any]) -> None:
    """Undo insert_application."""
    row = applications.find_locked(uuid=orchestrator.get_context_value("application"))
    if row is not None:
        _record("creation_undone", row, orchestrator.get_context_value("after"), None)
        applications.delete(row)


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["application", "before", "after", "version"]})
def save_application(
    orchestrator: MainOrchestrator, *, app: str, values: dict[str, Any], version: int | None, said: str = "updated"
) -> None:
    """Change these fields of the application, if it is still the version that the change was made for."""
    row = _existing(app)
    reads.check_version(row, version)
    wanted = _clean(values)
    before, after = changes_of(row, wanted)
    orchestrator.set_context_value("application", row.uuid)
    orchestrator.set_context_value("before", {name: getattr(row, name) for name in wanted})
    orchestrator.set_context_value("after", after)
    if after:
        applications.update(row, **wanted, version=row.version + 1)
        _record(said, row, before, after)
    orchestrator.set_context_value("version", row.version)


@context_manager(get_contexts={"common": ["application", "before", "after", "version"]}, set_contexts={"common": []})
def restore_application(
    orchestrator: MainOrchestrator, *, app: str, values: dict[str, Any], version: int | None, said: str = "updated"
) -> None:
    """Undo save_application, unless somebody has changed the application since."""
    row = applications.find_locked(uuid=orchestrator.get_context_value("application"))
    if row is None or not orchestrator.get_context_value("after"):
        return
    if row.version != orchestrator.get_context_value("version"):
        orchestrator.log(f"{row.slug} was changed again since, its values stay as they are.")
        return
    wanted = orchestrator.get_context_value("before")
    before, after = changes_of(row, wanted)
    applications.update(row, **wanted, version=row.version + 1)
    _record("change_undone", row, before, after)


@context_manager(get_contexts={"common": []}, set_contexts={"common": ["application", "before"]})
def delete_application(orchestrator: MainOrchestrator, *, app: str) -> None:
    """Delete an application that is switched off and of which nothing is published."""
    row = _existing(app)
    if row.active:
        raise Conflict(f"{row.name} is active. Deactivate it first, then delete it.")
    if published := reads.publications(row.slug):
        kinds = ", ".join(f"{p['items']} {p['kind']}" for p in published)
        raise Conflict(f"{row.name} cannot be deleted while its data is published ({kinds}).")
    before = {name: getattr(row, name) for name in (*fields.FIELDS, "version")} | {"uuid": row.uuid.hex}
    orchestrator.set_context_value("application", row.uuid)
    orchestrator.set_context_value("before", before)
    _record("deleted", row, _flat(row), None)
    applications.delete(row)


@context_manager(get_contexts={"common": ["application", "before"]}, set_contexts={"common": []})
def bring_back_application(orchestrator: MainOrchestrator, *, app: str) -> None:
    """Undo delete_application."""
    if applications.find(uuid=orchestrator.get_context_value("application")) is not None:
        return
    before = orchestrator.get_context_value("before")
    row = applications.create_once(**before | {"uuid": UUID(before["uuid"])})
    if row is None:
        orchestrator.log(f"{app} cannot be brought back: its address was taken in the meantime.")
        return
    _record("deletion_undone", row, None, _flat(row))


def changes_of(row: Application, wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of `wanted` that differ from the row, as they are and as they will be."""
    return fields.changes({name: getattr(row, name) for name in fields.FIELDS}, wanted)


def _existing(app: str) -> Application:
    row = applications.find_locked(slug=app)
    if row is None:
        reads.application_get(app, active_only=False)
        raise Conflict(f"{app} was deleted a moment ago.")
    return row


def _refuse_unfit(given: dict[str, Any], required: list[str]) -> None:
    faults = {name: ["This field is required."] for name in required if name not in given}
    faults |= fields.application_faults(given, reads.function_names())
    if faults:
        raise ValidationFailed("Some values do not fit. Nothing was changed.", fields=faults)


def _clean(given: dict[str, Any]) -> dict[str, Any]:
    texts = {name: given[name].strip() for name in ("name", "description") if name in given}
    filters = {"filters": {k: rule for k, rule in given["filters"].items() if rule}} if "filters" in given else {}
    return given | texts | filters


def _flat(row: Application) -> dict[str, Any]:
    return fields.flat({name: getattr(row, name) for name in fields.FIELDS})


def _record(said: str, row: Application, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    database.after_commit(reads.forget_applications)
    record_event(
        f"applications.application.{said}",
        object_type=reads.OBJECT_TYPE,
        object_id=row.uuid.hex,
        object_name=row.name,
        before=before,
        after=after,
        application=row.slug,
    )
