"""What a complete export of a workspace must say: rows by kind and public id, values by public key.

Relations, forward and back, are complete and lead to live rows only; they are sorted, since Notion promises no order.
What Vault does not publish (mail addresses, telephone numbers, types that it does not carry) is None; files are left
out, as their public addresses are Vault's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.emulators.notion.schema import KINDS, Spec
from tests.emulators.notion.values import label, rich, stamp
from tests.emulators.notion.workspace import Row, Workspace

HIDDEN = {"email", "phone_number", "button", "place"}
AS_IT_IS = {"number", "select", "status", "url"}


def truth(workspace: Workspace) -> dict[str, dict[str, dict[str, Any]]]:
    """Rows by kind and by page id without dashes."""
    with workspace.lock:
        return {kind: {public(row.id): _row(workspace, row) for row in workspace.live(kind)} for kind in KINDS}


def public(page_id: str) -> str:
    """A page id as readers see it."""
    return page_id.replace("-", "")


def key_of(spec: Spec) -> str:
    """The public key of a property."""
    return "name" if spec["type"] == "title" else re.sub(r"\W+", "_", spec["name"].lower()).strip("_")


def _row(workspace: Workspace, row: Row) -> dict[str, Any]:
    specs = [spec for spec in workspace.schemas[row.kind].values() if spec["type"] != "files"]
    values = {key_of(spec): _value(workspace, row, spec) for spec in specs}
    values["applications"] = [name.lower() for name in row.values.get("Applications") or []]
    return {"id": public(row.id), **values}


def _value(workspace: Workspace, row: Row, spec: Spec) -> Any:
    plain, kind = row.values.get(spec["name"]), spec["type"]
    if kind in AS_IT_IS:
        return plain
    if kind in {"title", "rich_text"}:
        return "".join(item["plain_text"] for item in rich(plain)).strip()
    if kind == "relation":
        return sorted(public(page) for page in live_related(workspace, row, spec))
    if kind == "rollup":
        return _rollup(workspace, row, spec)
    return _simple(row, spec, plain)


def live_related(workspace: Workspace, row: Row, spec: Spec) -> list[str]:
    """Pages that a relation leads to and that are not in the trash."""
    pages = workspace.related(row, spec)
    return [page for page in pages if page in workspace.rows and not workspace.rows[page].in_trash]


def _rollup(workspace: Workspace, row: Row, spec: Spec) -> Any:
    relation = workspace.schemas[row.kind].get(spec["rollup"]["relation_property_name"])
    pages = live_related(workspace, row, relation) if relation else []
    if spec["rollup"]["function"] == "count":
        return len(pages)
    return [workspace.rows[page].values.get("Name") or "" for page in pages]


def _simple(row: Row, spec: Spec, plain: Any) -> Any:
    made: dict[str, Callable[[], Any]] = {
        "multi_select": lambda: list(plain or []),
        "people": lambda: list(plain or []),
        "date": lambda: plain and {"start": plain, "end": None, "time_zone": None},
        "checkbox": lambda: bool(plain),
        "formula": lambda: label(row),
        "created_time": lambda: stamp(row.created),
        "last_edited_time": lambda: stamp(row.edited),
        "created_by": lambda: "Aiko Tanaka",
        "last_edited_by": lambda: "Aiko Tanaka",
        "unique_id": lambda: f"{spec['unique_id']['prefix']}-{row.number}",
        "verification": lambda: plain or "unverified",
    }
    return made[spec["type"]]() if spec["type"] in made else None
