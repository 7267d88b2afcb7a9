"""The application that a URL names is on the request, or the answer says which ones there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpRequest, JsonResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from domains.permissions.access import PUBLIC, STAFF
from domains.permissions.routes import route
from tests.domains.applications.factories import add_application
from vault_site.urls import urlpatterns as site

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def show(request: HttpRequest, app: str) -> JsonResponse:
    """A view that answers with what the middleware found."""
    return JsonResponse({"slug": request.application.slug, "name": request.application.name})  # type: ignore[attr-defined]


def plain(request: HttpRequest) -> JsonResponse:
    """A view of a route without an application."""
    return JsonResponse({"has": hasattr(request, "application")})


urlpatterns = [
    route("trace/public/<app>/probe/", show, access=PUBLIC),
    route("probe/<slug:app>/", show, access=STAFF),
    route("api/probe/<slug:app>/", show, access=STAFF),
    route("probe/", plain, access=PUBLIC),
    *site,
]


def test_the_application_of_the_url_is_on_the_request(client: Client) -> None:
    add_application("skyflow")
    assert client.get("/trace/public/skyflow/probe/").json() == {"slug": "skyflow", "name": "Skyflow"}


def test_a_route_without_an_application_asks_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/probe/").json() == {"has": False}


@pytest.mark.parametrize("slug", ["moon", "retired", "a%2Fb", "%00", "x" * 300, "SKYFLOW", "%F0%9F%9A%80"])
def test_an_unknown_or_inactive_application_is_a_json_404_that_names_the_known_ones(client: Client, slug: str) -> None:
    add_application("skyflow")
    add_application("retired", active=False)
    response = client.get(f"/trace/public/{slug}/probe/")
    if slug == "a%2Fb":
        assert response.status_code == 404
        return
    body: dict[str, Any] = response.json()
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert body["error"].startswith("Unknown application")
    assert body["detail"]
    assert body["available_apps"] == ["skyflow"]


def test_a_staff_page_knows_inactive_applications_too(staff_client: Client) -> None:
    add_application("retired", active=False)
    assert staff_client.get("/probe/retired/").json()["slug"] == "retired"


def test_a_staff_page_answers_an_unknown_application_with_a_page(staff_client: Client) -> None:
    response = staff_client.get("/probe/moon/")
    assert response.status_code == 404
    assert "Unknown application moon" in response.content.decode()
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("slug", ["skyflow", "moon"])
def test_strangers_do_not_learn_which_applications_exist(client: Client, slug: str) -> None:
    add_application("skyflow")
    page = client.get(f"/probe/{slug}/")
    assert (page.status_code, page["Location"].startswith("/accounts/login/")) == (302, True)
    body = client.get(f"/api/probe/{slug}/").json()
    assert "skyflow" not in str(body.get("available_apps", ""))
    assert "available_apps" not in body
