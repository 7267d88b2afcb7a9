"""The description of Club's public JSON as OpenAPI 3.1. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from domains.club.public.addresses import OPENAPI
from domains.club.public.schemas import DAY, TEXT, Json, many, ref, schemas
from domains.club.published import FEATURES, HERO, HISTORY, INDEX, PREFIX, PRESENT

ABOUT = """How communities are doing, and who and what is most present in each of their features. Members have made-up
ids unless their application publishes names. Ranks are those of a competition: equal scores share a rank, and the next
one is as much lower as they are many. Each document names its snapshot in `meta.snapshot` and its day in `meta.day`.
Answers carry strong ETags; a request that sends one gets 304 while nothing has changed. Documents are not limited;
those of earlier days are, and say so.
"""
DOCUMENTS = {
    HERO: ("Hero metrics of the community", "Hero"),
    FEATURES: ("Features with their totals", "Feature"),
    INDEX: ("What there is to read", "Index"),
    HISTORY: ("Which days there are", "Day"),
}


def document(applications: Sequence[str]) -> Json:
    """Every address that readers can ask for, with what it answers."""
    paths: Json = {}
    for kind, (summary, schema) in DOCUMENTS.items():
        _add(paths, kind, applications, _operation(summary, schema, several=kind != INDEX))
    feature, day = _in_path("feature", TEXT), _in_path("day", DAY)
    _add(paths, f"{{feature}}/{PRESENT}", applications, _operation("Who and what is most present", "Present", feature))
    _add(
        paths,
        f"{HERO}/{{day}}",
        applications,
        _operation("Hero metrics of a day", "Hero", day, several=True, dated=True),
    )
    dated = _operation("Who and what was most present on a day", "Present", feature, day, dated=True)
    _add(paths, f"{{feature}}/{PRESENT}/{{day}}", applications, dated)
    paths[f"{PREFIX}{OPENAPI}"] = {"get": {"summary": "This description", "responses": {"200": {"description": "OK"}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vault: communities", "version": "1", "description": ABOUT},
        "paths": paths,
        "components": {"schemas": schemas()},
    }


def _add(paths: Json, pattern: str, applications: Sequence[str], operation: Json) -> None:
    app = _in_path("app", {**TEXT, "enum": list(applications)})
    paths[f"{PREFIX}{pattern}/"] = {"get": operation}
    paths[f"{PREFIX}{{app}}/{pattern}/"] = {"get": operation, "parameters": [app]}


def _in_path(name: str, schema: Json) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _operation(summary: str, schema: str, *parameters: Json, several: bool = False, dated: bool = False) -> Json:
    faults = {"400": "It takes no parameters", "404": "Unknown application, feature or address"}
    faults |= {"410": "It was taken away"} if parameters else {}
    faults |= {"429": "Too many questions; see Retry-After"} if dated else {"503": "Nothing is published"}
    data = many(ref(schema)) if several else ref(schema)
    envelope = {"type": "object", "required": ["data", "meta"], "properties": {"data": data, "meta": ref("Meta")}}
    problem = {"application/problem+json": {"schema": ref("Problem")}}
    return {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {
                "description": "OK",
                "content": {"application/json": {"schema": envelope}},
                "headers": {"ETag": {"schema": TEXT}},
            },
            "304": {"description": "The reader has it already"},
            **{status: {"description": words, "content": problem} for status, words in faults.items()},
        },
    }
