"""The step by which staff accept that published properties are gone from Notion."""

from __future__ import annotations

from domains.audit.writes import record_event
from domains.base.errors import Conflict
from domains.orchestration.context import context_manager
from domains.orchestration.main import MainOrchestrator
from domains.trace import connection
from domains.trace.service import notion_sources


@context_manager()
def accept_schema(orchestrator: MainOrchestrator, kind: str) -> None:
    """Forget the properties of a kind that the last check found gone, so that exports run without them.

    The next export reads every row of the kind. Raises NotFound when the kind was never read, Conflict when nothing
    is gone.
    """
    row = notion_sources.locked(kind=kind)
    report = connection.stored_report()
    found = next((each for each in report.kinds if each.kind == kind), None) if report else None
    gone = {item.id: item.name for item in found.properties if item.change == connection.GONE} if found else {}
    if not gone:
        raise Conflict("No property of this kind is gone. Check the connection again.")
    properties = {name: spec for name, spec in row.properties.items() if spec["id"] not in gone}
    keys = {identity: key for identity, key in row.keys.items() if identity not in gone}
    notion_sources.update(row, properties=properties, keys=keys, high_water=None)
    record_event(
        "trace.schema.accepted",
        object_type="trace.connection",
        object_id="notion",
        object_name="Notion",
        before={"kind": kind, "properties": sorted(gone.values())},
        after={"kind": kind, "properties": []},
    )
    names = ", ".join(sorted(gone.values()))
    orchestrator.set_context_value("result", {"message": f"Exports of {kind} run without {names} from now on."})
