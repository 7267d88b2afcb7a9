"""The description of the JSON interface: the OpenAPI document, and the page made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from dashboards.api_docs.reference import Reference
from domains.base.schema import api_schema

DOCUMENT: dict[str, Any] = {
    "paths": {
        "/api/things/": {
            "get": {
                "operationId": "things_list",
                "tags": ["things"],
                "description": "Every thing.",
                "parameters": [
                    {
                        "name": "o",
                        "in": "query",
                        "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "-a"]}},
                    }
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Things"}}}}
                },
            },
            "post": {
                "operationId": "things_create",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"204": {"description": "No response body"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "Thing": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "description": "What it is called."},
                    "at": {"type": ["string", "null"], "format": "date-time"},
                    "kind": {"oneOf": [{"$ref": "#/components/schemas/Kind"}, {"type": "null"}]},
                    "parent": {"$ref": "#/components/schemas/Thing"},
                    "extra": {},
                },
                "required": ["name"],
            },
            "Kind": {"enum": ["x", "y", None]},
        }
    },
}


def test_operations_are_grouped_and_types_are_said_in_words() -> None:
    first, second = Reference(DOCUMENT).groups()
    assert (first.name, second.name) == ("Things", "Other")
    listing, create = first.operations[0], second.operations[0]
    assert (listing.method, listing.path, listing.about) == ("GET", "/api/things/", "Every thing.")
    assert [(p.name, p.type, p.where) for p in listing.parameters] == [("o", "list of a | -a", "query")]
    assert [(a.status, a.type, a.link) for a in listing.answers] == [("200", "list of Thing", "Thing")]
    assert create.body is not None
    assert (create.body.type, create.answers[0].type, create.answers[0].about) == (
        "Thing",
        "nothing",
        "No response body",
    )


def test_objects_list_their_keys() -> None:
    (thing,) = Reference(DOCUMENT).things()
    assert [(m.name, m.type, m.required, m.link) for m in thing.members] == [
        ("name", "string", True, ""),
        ("at", "date-time or null", False, ""),
        ("kind", "x | y | null or null", False, ""),
        ("parent", "Thing", False, "Thing"),
        ("extra", "any", False, ""),
    ]


def test_the_document_is_valid_and_made_without_a_warning() -> None:
    api_schema.cache_clear()
    GENERATOR_STATS.reset()
    schema = api_schema()
    validate_schema(schema)  # type: ignore[no-untyped-call]
    assert schema["openapi"].startswith("3.1")
    assert not GENERATOR_STATS._warn_cache
    assert not GENERATOR_STATS._error_cache


@pytest.mark.django_db
def test_the_document_is_json_and_yaml_for_staff_only(staff_client: Client, client: Client) -> None:
    assert client.get("/api/schema/").status_code in {401, 403}
    response = staff_client.get("/api/schema/")
    assert "json" in response["Content-Type"]
    assert "/api/applications/" in json.loads(response.content)["paths"]
    assert (
        b"openapi: 3.1" in staff_client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi"}).content
    )


@pytest.mark.django_db
def test_the_page_shows_every_operation_and_every_link_leads_somewhere(staff_client: Client) -> None:
    page = staff_client.get("/api/docs/").content.decode()
    for path, methods in api_schema()["paths"].items():
        assert f"<code>{path}</code>" in page
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    for part in page.split('href="#')[1:]:
        assert f'id="{part.split(chr(34))[0]}"' in page
    assert "cdn" not in page


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    response = client.get("/api/docs/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=%2Fapi%2Fdocs%2F")
