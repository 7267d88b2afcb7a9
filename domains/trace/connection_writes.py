"""The steps that change the connection to Notion."""

from __future__ import annotations

from typing import Any

from domains.audit.writes import record_event
from domains.base.database import atomic_write
from domains.base.errors import ValidationFailed
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.orchestration.secrets import Secret
from domains.trace import connection
from domains.trace.models import NotionConnection
from domains.trace.notion.ids import notion_id
from domains.trace.rules import KINDS
from domains.trace.service import connections

ENTERED = ("token", "databases", "content")


def check_entered(databases: dict[str, str] | None, content: list[str] | None) -> None:
    """Raises ValidationFailed with the faults by kind, unless each entry is an address or an id, or empty."""
    entered = databases or {}
    faults = {
        kind: ["This is neither an address nor an id of a database in Notion."]
        for kind, text in entered.items()
        if kind in KINDS and text.strip() and not notion_id(text)
    }
    faults |= {name: [f"There is no such kind: {', '.join(KINDS)}."] for name in entered.keys() - set(KINDS)}
    if unknown := sorted(set(content or ()) - set(KINDS)):
        faults["content"] = [f"There is no kind {unknown[0]}."]
    if faults:
        raise ValidationFailed("The connection was not saved.", fields=faults)


@context_manager(set_contexts={"common": ["former_connection"]})
def store_connection(
    orchestrator: MainOrchestrator,
    token: Secret | None,
    databases: dict[str, str] | None,
    content: list[str] | None,
) -> None:
    """Keep what was entered; None leaves a thing as it is, an empty token forgets it."""
    row = connections.only()
    orchestrator.set_context_value("former_connection", {name: getattr(row, name) for name in ENTERED})
    wanted: dict[str, Any] = {}
    if token is not None:
        wanted["token"] = token.token if token.reveal() else ""
    if databases is not None:
        wanted["databases"] = row.databases | {kind: text.strip() for kind, text in databases.items()}
    if content is not None:
        wanted["content"] = sorted(set(content), key=KINDS.index)
    _change(row, wanted)
    orchestrator.set_context_value("result", {"message": "The connection is saved."})


@context_manager(get_contexts={"common": ["former_connection"]})
def restore_connection(
    orchestrator: MainOrchestrator,
    token: Secret | None,
    databases: dict[str, str] | None,
    content: list[str] | None,
) -> None:
    """Undo store_connection."""
    _change(connections.only(), orchestrator.get_context_value("former_connection"))


def _change(row: NotionConnection, wanted: dict[str, Any]) -> None:
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return
    before = _shown(row, changed)
    if "token" in changed:
        changed["report"] = None
    connections.update(row, **changed)
    record("changed", before, _shown(row, changed))


def _shown(row: NotionConnection, names: dict[str, Any]) -> dict[str, Any]:
    """These fields as an event may hold them: of a secret only whether there is one."""
    shown = {name: getattr(row, name) for name in names if name in {"databases", "content"}}
    return shown | {name: bool(getattr(row, name)) for name in names if name == "token"}


def record(said: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """An event about the connection."""
    record_event(
        f"trace.connection.{said}",
        object_type="trace.connection",
        object_id="notion",
        object_name="Notion",
        before=before,
        after=after,
    )


@context_manager()
def check_connection(orchestrator: MainOrchestrator) -> None:
    """Ask Notion, and keep what it answers for the page."""
    report = connection.connection_report(orchestrator.is_cancelled)
    with atomic_write():
        connections.update(connections.only(), report=connection.as_json(report))
    orchestrator.log(f"The token: {report.state}. {report.message}".strip())
    for kind in report.kinds:
        orchestrator.log(f"{kind.kind}: {kind.state}. {' '.join(kind.problems)}".strip())
    message = "An export can run." if report.is_ready else "An export cannot run yet; the page Connection says why."
    orchestrator.set_context_value("result", {"message": message, "ready": report.is_ready})
