"""The properties of the four databases, as a data source lists them: all 24 types are among them."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

Spec = dict[str, Any]
KINDS = ("features", "gateways", "tiers", "tags")
APPLICATIONS = ("Skyflow", "Nexus")
STATUSES = ("Shipped", "Beta", "In progress", "Planned", "Deprecated", "Idea")
AREAS = ("Boards", "Planning", "Reporting", "Mobile", "Connectors", "Platform")


@cache
def made_id(*parts: object) -> str:
    """A UUID that is the same in every workspace."""
    return str(uuid5(NAMESPACE_URL, "/".join(str(part) for part in ("notion", *parts))))


def database_id(kind: str) -> str:
    """Id of the database of a kind."""
    return made_id("database", kind)


def data_source_id(kind: str) -> str:
    """Id of the data source of a kind."""
    return made_id("data-source", kind)


def _property_id(kind: str, name: str) -> str:
    """Short and encoded as Notion's are: a colon, three letters, an encoded bracket."""
    return f"%3A{made_id('property', kind, name)[:3]}%5B"


def spec(kind: str, name: str, type_: str, **details: Any) -> Spec:
    """A property of a data source."""
    own = "title" if type_ == "title" else _property_id(kind, name)
    return {"id": own, "name": name, "description": None, "type": type_, type_: details}


def _options(*names: str) -> list[dict[str, Any]]:
    return [{"id": made_id("option", name), "name": name, "color": "gray", "description": None} for name in names]


def _relation(kind: str, name: str, target: str, back: str = "") -> Spec:
    details: dict[str, Any] = {"database_id": database_id(target), "data_source_id": data_source_id(target)}
    if back:
        synced = {"synced_property_name": back, "synced_property_id": _property_id(target, back)}
        details |= {"type": "dual_property", "dual_property": synced}
    else:
        details |= {"type": "single_property", "single_property": {}}
    return spec(kind, name, "relation", **details)


def _rollup(kind: str, name: str, relation: str, function: str, over: str = "Name") -> Spec:
    return spec(
        kind,
        name,
        "rollup",
        relation_property_name=relation,
        relation_property_id=_property_id(kind, relation),
        rollup_property_name=over,
        rollup_property_id="title" if over == "Name" else over,
        function=function,
    )


def _status(kind: str) -> Spec:
    return spec(kind, "Status", "status", options=_options(*STATUSES), groups=[])


def _features() -> list[Spec]:
    kind = "features"
    plain = {"Owner": "people", "Effort": "number", "Target date": "date", "Documentation": "url"}
    plain |= {"Customer requested": "checkbox", "Attachments": "files", "Contact mail": "email"}
    plain |= {"Contact phone": "phone_number", "Created": "created_time", "Created by": "created_by"}
    plain |= {"Edited": "last_edited_time", "Edited by": "last_edited_by", "Notify": "button"}
    plain |= {"Checked": "verification", "Where": "place"}
    return [
        spec(kind, "Name", "title"),
        spec(kind, "Feature ID", "unique_id", prefix="FSM"),
        spec(kind, "Summary", "rich_text"),
        spec(kind, "Applications", "multi_select", options=_options(*APPLICATIONS)),
        spec(kind, "Area", "select", options=_options(*AREAS)),
        _status(kind),
        _relation(kind, "Tier", "tiers", back="Features"),
        _relation(kind, "Gateways", "gateways", back="Features"),
        _relation(kind, "Tags", "tags"),
        _relation(kind, "Depends on", "features", back="Required by"),
        _relation(kind, "Required by", "features", back="Depends on"),
        _rollup(kind, "Gateway count", "Gateways", "count"),
        _rollup(kind, "Tag names", "Tags", "show_original"),
        spec(kind, "Label", "formula", expression='prop("Area") + " / " + prop("Status")'),
        *(spec(kind, name, type_) for name, type_ in plain.items()),
    ]


def _gateways() -> list[Spec]:
    kind = "gateways"
    return [
        spec(kind, "Name", "title"),
        spec(kind, "Description", "rich_text"),
        spec(kind, "Applications", "multi_select", options=_options(*APPLICATIONS)),
        _status(kind),
        spec(kind, "Availability target", "number", format="percent"),
        spec(kind, "Contact", "people"),
        _relation(kind, "Features", "features", back="Gateways"),
        _rollup(kind, "Feature count", "Features", "count"),
    ]


def _tiers() -> list[Spec]:
    kind = "tiers"
    return [
        spec(kind, "Name", "title"),
        spec(kind, "Applications", "multi_select", options=_options(*APPLICATIONS)),
        spec(kind, "Position", "number", format="number"),
        _relation(kind, "Features", "features", back="Tier"),
        _rollup(kind, "Feature count", "Features", "count"),
    ]


def _tags() -> list[Spec]:
    kind = "tags"
    return [
        spec(kind, "Name", "title"),
        spec(kind, "Applications", "multi_select", options=_options(*APPLICATIONS)),
        spec(kind, "Colour", "select", options=_options("Red", "Green", "Blue")),
    ]


def schemas() -> dict[str, dict[str, Spec]]:
    """The properties of every kind by name."""
    made = {"features": _features(), "gateways": _gateways(), "tiers": _tiers(), "tags": _tags()}
    return {kind: {item["name"]: item for item in items} for kind, items in made.items()}
