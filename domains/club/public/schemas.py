"""What the documents of Club look like, as JSON Schema. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domains.club.rules import PERIODS

Json = dict[str, Any]
TEXT: Json = {"type": "string"}
MOMENT: Json = {"type": "string", "format": "date-time"}
DAY: Json = {"type": "string", "format": "date"}
NUMBER: Json = {"type": "number"}
COUNT: Json = {"type": "integer"}
FLAG: Json = {"type": "boolean"}
FIGURES: Json = {"type": "object", "additionalProperties": NUMBER}
AGE = {"as_of": MOMENT, "stale": FLAG}


def ref(name: str) -> Json:
    """The schema of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def many(item: Json) -> Json:
    """A list."""
    return {"type": "array", "items": item}


def schemas() -> Json:
    """Every schema by its name."""
    return {
        "Hero": _hero(),
        "Feature": _feature(),
        "Present": _object({"feature": ref("Feature"), "members": many(_member()), "items": many(_item())}),
        "Index": _index(),
        "Day": _object({"day": DAY, "hero_metrics": TEXT, "most_present": many(TEXT)}),
        "Meta": _meta(),
        "Problem": _problem(),
    }


def _object(properties: Mapping[str, Json], *optional: str) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": dict(properties)}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _hero() -> Json:
    growth = _object({"from": NUMBER, "change": NUMBER, "share": _or_null(NUMBER)})
    row = {"application": TEXT, "metric": TEXT, "title": TEXT, "unit": TEXT, "value": NUMBER}
    row |= {"growth": _object(dict.fromkeys(PERIODS, _or_null(growth))), **AGE}
    return _object(row | {"sources": _or_null(many(TEXT))})


def _feature() -> Json:
    row = {"application": _or_null(TEXT), "slug": TEXT, "name": TEXT, "members": COUNT, "contributions": NUMBER}
    row |= {"top_ten_share": _or_null(NUMBER), "gini": _or_null(NUMBER), "new_members": COUNT}
    return _object(row | {"returning_members": COUNT, "day": DAY, **AGE, "most_present": TEXT})


def _member() -> Json:
    row = {"rank": COUNT, "movement": _object(dict.fromkeys(PERIODS, _or_null(COUNT))), "id": TEXT, "name": TEXT}
    return _object(row | {"score": NUMBER, "share": NUMBER, "figures": FIGURES}, "name")


def _item() -> Json:
    return _object({"rank": COUNT, "title": TEXT, "url": _or_null(TEXT), "score": NUMBER, "figures": FIGURES})


def _index() -> Json:
    listed = {"path": TEXT, "application": _or_null(TEXT), "kind": TEXT, "endpoint": TEXT}
    listed |= {"total_items": COUNT, "bytes": COUNT, "sha256": TEXT}
    row = {"published": MOMENT, "documents": many(_object(listed)), "history": TEXT}
    return _object(row | {"applications": many(_object({"slug": TEXT, "index": TEXT}))}, "applications")


def _meta() -> Json:
    source = _object({"application": TEXT, "name": TEXT, "kind": TEXT, **AGE})
    row = {"application": _or_null(TEXT), "endpoint": TEXT, "total_items": COUNT, "snapshot": TEXT}
    row |= {"day": _or_null(DAY), "population": COUNT, "ranks": TEXT, "sources": _or_null(many(source))}
    return _object(row, "population", "ranks", "sources")


def _problem() -> Json:
    row = {"error": TEXT, "detail": TEXT, "title": TEXT, "code": TEXT, "status": COUNT}
    row |= dict.fromkeys(("available_apps", "available_features"), many(TEXT))
    return _object(row, "title", "code", "status", "available_apps", "available_features")
