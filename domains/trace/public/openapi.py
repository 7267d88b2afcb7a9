"""The description of public JSON as OpenAPI 3.1. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domains.trace.public.addresses import FILES, OPENAPI, PREFIX
from domains.trace.public.query import MOST_FILTERS, MOST_PAGE_SIZE, PAGE_SIZE
from domains.trace.rules import DATA_TYPES, INDEX, KINDS, LEAST_KEYS, MATRIX, SNAPSHOTS, VERSIONED

Json = dict[str, Any]
ABOUT = """Feature specifications, as they were published last. Each document names its snapshot in `meta.snapshot`;
what is read below `snapshots/<name>/` is of one snapshot and never changes. Answers carry strong ETags; a request that
sends one gets 304 while nothing has changed. Whole documents are not limited; computed answers are, and say so.
"""
TEXT: Json = {"type": "string"}


def document(applications: Sequence[str]) -> Json:
    """Every address that readers can ask for, with what it answers."""
    paths: Json = {}
    for kind in (*KINDS, MATRIX, INDEX, SNAPSHOTS):
        _add(paths, kind, applications, _operation(kind, _asking() if kind in KINDS else []))
    _add(paths, "features/{slug}", applications, _operation("feature", [_in_path("slug")], "410"))
    for kind in VERSIONED:
        operation = _operation(f"{kind} of one snapshot", [_in_path("snapshot")], "410", "429")
        _add(paths, f"{SNAPSHOTS}/{{snapshot}}/{kind}", applications, operation)
    paths[f"{PREFIX}{FILES}/{{name}}"] = {"get": _file()}
    paths[f"{PREFIX}{OPENAPI}"] = {"get": {"summary": "This description", "responses": {"200": {"description": "OK"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vault: feature specifications", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": _schemas()},
    }


def _add(paths: Json, pattern: str, applications: Sequence[str], operation: Json) -> None:
    app = {"name": "app", "in": "path", "required": True, "schema": {**TEXT, "enum": list(applications)}}
    paths[f"{PREFIX}{pattern}/"] = {"get": operation}
    paths[f"{PREFIX}{{app}}/{pattern}/"] = {"get": operation, "parameters": [app]}


def _operation(what: str, parameters: Sequence[Json], *more: str) -> Json:
    faults = {"400": "A parameter does not fit", "404": "Unknown application or address", "503": "Nothing is published"}
    faults |= {"410": "It was taken away"} if "410" in more else {}
    faults |= {"429": "Too many questions; see Retry-After"} if "429" in more or len(parameters) > 1 else {}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Envelope"}}}
    return {
        "summary": what[0].upper() + what[1:],
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "OK", "content": answer, "headers": {"ETag": {"schema": TEXT}}},
            "304": {"description": "The reader has it already"},
            **{status: {"description": words, "content": problem} for status, words in faults.items()},
        },
    }


def _asking() -> list[Json]:
    size = {"type": "integer", "minimum": 1, "maximum": MOST_PAGE_SIZE, "default": PAGE_SIZE}
    related = [
        _in_query(data_type, f"Slug or id of a {data_type} that the row leads to. May be repeated: any of them.")
        for data_type in DATA_TYPES.values()
    ]
    own = {"type": "object", "additionalProperties": TEXT, "maxProperties": MOST_FILTERS}
    fields = {
        "name": "filters",
        "in": "query",
        "style": "form",
        "explode": True,
        "schema": own,
        "description": "Any field of the rows with the value that it must have, such as status=Shipped.",
    }
    return [
        {"name": "page_size", "in": "query", "schema": size},
        _in_query("cursor", "`meta.next` of the page before; the walk stays in that page's snapshot."),
        _in_query("sort", "A field to sort by, with a minus before it for the other way round."),
        _in_query("fields", "The fields to answer, with commas between them."),
        *related,
        fields,
    ]


def _in_query(name: str, words: str) -> Json:
    return {"name": name, "in": "query", "schema": TEXT, "description": words}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def _file() -> Json:
    return {
        "summary": "A file of the workspace, by the hash of its content",
        "parameters": [_in_path("name")],
        "responses": {"200": {"description": "The file, for ever the same"}, "404": {"description": "No such file"}},
    }


def _schemas() -> Json:
    row = {"type": "object", "properties": {name: {} for name in LEAST_KEYS}, "additionalProperties": True}
    meta = {
        "application": {"type": ["string", "null"]},
        "endpoint": TEXT,
        "total_items": {"type": "integer"},
        "snapshot": TEXT,
        "page_size": {"type": "integer"},
        "next": {"type": ["string", "null"]},
    }
    fault = {"error": TEXT, "detail": TEXT, "title": TEXT, "code": TEXT, "status": {"type": "integer"}}
    more: Json = {"available_apps": {"type": "array", "items": TEXT}, "fields": {"type": "object"}, "removed": TEXT}
    data = {"oneOf": [{"type": "array", "items": row}, {"type": "object"}]}
    required = ["application", "endpoint", "total_items", "snapshot"]
    return {
        "Envelope": {
            "type": "object",
            "required": ["data", "meta"],
            "properties": {"data": data, "meta": {"type": "object", "properties": meta, "required": required}},
        },
        "Problem": {"type": "object", "required": ["error", "detail"], "properties": fault | more},
    }
