"""Pages, data sources, databases and lists, with the keys that recorded answers have."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.emulators.notion.schema import data_source_id, database_id, made_id
from tests.emulators.notion.values import Values, rich, stamp
from tests.emulators.notion.workspace import START, Row, Workspace

SOMEBODY = {"object": "user", "id": made_id("user", "Aiko Tanaka")}
BOT = "Vault (emulated)"


def page(row: Row, values: Values, only: list[str] | None = None) -> dict[str, Any]:
    """A page; `only` are ids, decoded, of the properties that are asked for."""
    specs = [
        spec for spec in values.workspace.schemas[row.kind].values() if only is None or unquote(spec["id"]) in only
    ]
    properties = {spec["name"]: values.written(row, spec) for spec in specs}
    plain = row.id.replace("-", "")
    return {
        "object": "page",
        "id": row.id,
        "created_time": stamp(row.created),
        "last_edited_time": stamp(row.edited),
        "created_by": SOMEBODY,
        "last_edited_by": SOMEBODY,
        "cover": None,
        "icon": None,
        "parent": {
            "type": "data_source_id",
            "data_source_id": data_source_id(row.kind),
            "database_id": database_id(row.kind),
        },
        "archived": row.in_trash,
        "in_trash": row.in_trash,
        "is_archived": False,
        "is_locked": False,
        "properties": properties,
        "url": f"https://app.notion.com/p/{plain}",
        "public_url": None,
    }


def data_source(workspace: Workspace, kind: str) -> dict[str, Any]:
    """A data source with its schema."""
    return {
        "object": "data_source",
        "id": data_source_id(kind),
        "cover": None,
        "icon": None,
        "created_time": stamp(START),
        "last_edited_time": stamp(START),
        "created_by": SOMEBODY,
        "last_edited_by": SOMEBODY,
        "title": rich(kind.capitalize()),
        "description": [],
        "is_inline": False,
        "properties": dict(workspace.schemas[kind]),
        "parent": {"type": "database_id", "database_id": database_id(kind)},
        "database_parent": {"type": "page_id", "page_id": made_id("page", "home")},
        "url": f"https://app.notion.com/p/{database_id(kind).replace('-', '')}",
        "public_url": None,
        "archived": False,
        "in_trash": False,
    }


def database(workspace: Workspace, kind: str) -> dict[str, Any]:
    """A database: it has no properties, it names its data sources."""
    names = [*workspace.more_sources.get(kind, ())]
    sources = [{"id": data_source_id(kind), "name": kind.capitalize()}]
    sources += [{"id": made_id("data-source", kind, name), "name": name} for name in names]
    return {
        "object": "database",
        "id": database_id(kind),
        "title": rich(kind.capitalize()),
        "description": [],
        "parent": {"type": "page_id", "page_id": made_id("page", "home")},
        "is_inline": False,
        "in_trash": False,
        "is_locked": False,
        "created_time": "2026-07-04T08:57:01.123+00:00",
        "last_edited_time": "2026-07-04T08:57:08.778+00:00",
        "data_sources": sources,
        "icon": None,
        "cover": None,
        "url": f"https://app.notion.com/p/{database_id(kind).replace('-', '')}",
        "public_url": None,
    }


def bot() -> dict[str, Any]:
    """The user that a token stands for."""
    owner = {"type": "workspace", "workspace": True}
    about = {"owner": owner, "workspace_name": "Emulated workspace", "workspace_id": made_id("workspace")}
    return {
        "object": "user",
        "id": made_id("bot"),
        "name": BOT,
        "avatar_url": None,
        "type": "bot",
        "bot": about,
    }


def listed(kind: str, results: list[Any], next_cursor: str | None, **more: Any) -> dict[str, Any]:
    """A page of a list."""
    head = {"object": "list", "results": results, "next_cursor": next_cursor, "has_more": next_cursor is not None}
    return {**head, "type": kind, kind: {}, **more}
