"""Small workspaces in the shapes of Notion's API, made for one test each."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

SPACE = uuid.UUID("11111111-2222-3333-4444-555555555555")
WHEN = "2026-07-04T09:09:00.000Z"


def uid(*parts: str) -> str:
    """The same id for the same words."""
    return str(uuid.uuid5(SPACE, "/".join(parts)))


def text(words: str) -> list[dict[str, Any]]:
    """Rich text without looks."""
    return [{"type": "text", "text": {"content": words, "link": None}, "plain_text": words, "href": None}]


def value(kind: str, content: Any) -> dict[str, Any]:
    """A property value."""
    return {"id": "x", "type": kind, kind: content}


def options(*names: str) -> dict[str, Any]:
    """A multi-select value."""
    return value("multi_select", [{"id": uid(name), "name": name, "color": "blue"} for name in names])


def relation(kind: str, *names: str) -> dict[str, Any]:
    """A relation to pages of a data source, by name."""
    return value("relation", [{"id": uid(kind, name)} for name in names]) | {"has_more": False}


def page(kind: str, name: str, apps: tuple[str, ...] = ("Skyflow",), **properties: Any) -> dict[str, Any]:
    """A page with a name, its applications and whatever else."""
    return {
        "object": "page",
        "id": uid(kind, name),
        "created_time": WHEN,
        "last_edited_time": WHEN,
        "in_trash": False,
        "archived": False,
        "properties": {"Name": value("title", text(name)), "Applications": options(*apps), **properties},
    }


def source(kind: str, pages: list[dict[str, Any]]) -> dict[str, Any]:
    """A data source whose schema is that of its first page."""
    schema = {
        name: {"id": "x", "name": name, "type": item["type"], item["type"]: _config(name, item["type"])}
        for name, item in pages[0]["properties"].items()
    }
    return {"object": "data_source", "id": uid(kind), "title": text(kind), "properties": schema, "pages": pages}


def _config(name: str, kind: str) -> dict[str, Any]:
    homes = {"Tier": "Tiers", "Gateways": "Gateways", "Tags": "Tags", "Depends on": "Features"}
    return {"data_source_id": uid(homes[name])} if kind == "relation" else {}


def feature(name: str, apps: tuple[str, ...] = ("Skyflow",), **more: Any) -> dict[str, Any]:
    """A feature; `status`, `tier`, `gateways`, `tags`, `depends` and further properties."""
    owner = {"object": "user", "id": uid("user"), "name": "Maria", "person": {"email": "maria@secret.example"}}
    properties = {
        "Status": value("status", {"id": "s", "name": more.pop("status", "Shipped"), "color": "green"}),
        "Summary": value("rich_text", text(more.pop("summary", f"What {name} does."))),
        "Tier": relation("Tiers", *more.pop("tier", ("Free",))),
        "Gateways": relation("Gateways", *more.pop("gateways", ("Web",))),
        "Tags": relation("Tags", *more.pop("tags", ("Boards",))),
        "Depends on": relation("Features", *more.pop("depends", ())),
        "Owner": value("people", [owner]),
    }
    return page("Features", name, apps, **properties, **more)


def workspace(*features: dict[str, Any]) -> dict[str, Any]:
    """A sound workspace: the features given, or three, with two gateways, tiers and tags."""
    both = ("Skyflow", "Nexus")
    active = {"Status": value("status", {"id": "a", "name": "Active", "color": "green"})}
    chosen = list(features) or [
        feature("Live boards", both, gateways=("Web", "Phone")),
        feature("Flow builder", tags=("Boards", "Flows"), depends=("Live boards",)),
        feature("Connector kit", ("Nexus",), tier=("Team",)),
    ]
    return {
        "object": "workspace",
        "data_sources": [
            source("Features", chosen),
            source(
                "Gateways", [page("Gateways", "Web", both, **active), page("Gateways", "Phone", ("Skyflow",), **active)]
            ),
            source("Tiers", [page("Tiers", "Free", both, **active), page("Tiers", "Team", both, **active)]),
            source("Tags", [page("Tags", "Boards", both), page("Tags", "Flows")]),
        ],
    }


def save(path: Path, document: Any) -> None:
    """Write a workspace where an export will read it."""
    path.write_text(json.dumps(document), encoding="utf-8")
