"""Errors on JSON paths: one shape, no secrets, the older fields beside the standard ones."""

from __future__ import annotations

import json

import pytest
from django.test import Client, RequestFactory

from domains.base.ambient import ambient
from domains.base.api import exception_handler, problem
from domains.base.errors import Conflict, NotFound, ValidationFailed


def test_a_problem_carries_the_standard_and_the_older_fields() -> None:
    error = NotFound("Unknown application x.", detail="asked by URL", extra={"available_apps": ["skyflow"]})
    with ambient(request_id="r-1"):
        response = problem(error, RequestFactory().get("/trace/public/x/features/"))
    body = json.loads(response.content)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert body["title"] == body["error"] == "Unknown application x."
    assert (body["detail"], body["available_apps"]) == ("asked by URL", ["skyflow"])
    assert (body["instance"], body["request_id"]) == ("/trace/public/x/features/", "r-1")


def test_the_interface_for_integrations_answers_field_lists() -> None:
    response = exception_handler(ValidationFailed("Wrong.", fields={"name": ["Too long."], "": ["Odd."]}), {})
    assert response is not None
    assert response.status_code == 400
    assert response.data == {"name": ["Too long."], "non_field_errors": ["Odd."]}


def test_the_interface_for_integrations_answers_detail_for_other_errors() -> None:
    response = exception_handler(Conflict("It is running."), {})
    assert response is not None
    assert (response.status_code, response.data["detail"]) == (409, "It is running.")


def test_an_error_of_our_own_making_is_left_to_the_site() -> None:
    assert exception_handler(KeyError("secret"), {}) is None


@pytest.mark.django_db
def test_a_body_nested_too_deeply_is_the_senders_fault(admin_client: Client) -> None:
    response = admin_client.post("/api/applications/", "[" * 100_000, content_type="application/json")
    assert (response.status_code, response.json()) == (400, {"detail": "The body is nested too deeply."})
