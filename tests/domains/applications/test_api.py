"""`/api/applications/`: the rules that integrations rely on."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from domains.applications import reads
from domains.audit.reads import event_list
from domains.orchestration.reads import run_list
from tests.domains.applications.factories import add_application

pytestmark = pytest.mark.django_db
LIST = "/api/applications/"
DRAFT = {"field": "status", "operator": "not_equals", "value": "Draft"}


def url_of(slug: str = "skyflow") -> str:
    return f"{LIST}{reads.application_get(slug, active_only=False).uuid.hex}/"


def slugs(client: Client, query: str) -> list[str]:
    """The slugs that the list answers with."""
    return [row["slug"] for row in client.get(LIST + query).json()]


def send(client: Client, method: str, url: str, body: Any) -> Any:
    return getattr(client, method)(url, body, content_type="application/json")


def test_a_stranger_is_turned_away(client: Client) -> None:
    response = client.get(LIST)
    assert response.status_code in {401, 403}
    assert response["Content-Type"].startswith("application/json")


def test_the_list_is_a_bare_array_with_its_count_and_neighbours_in_headers(staff_client: Client) -> None:
    for number in range(12):
        add_application(f"app-{number:02}")
    response = staff_client.get(LIST, {"page": 2, "page_size": 5})
    body = response.json()
    assert [row["slug"] for row in body] == ["app-05", "app-06", "app-07", "app-08", "app-09"]
    assert response["X-Result-Count"] == "12"
    assert 'rel="next"' in response["Link"]
    assert 'rel="prev"' in response["Link"]
    assert len(staff_client.get(LIST).json()) == 10
    assert staff_client.get(LIST, {"page": 9}).status_code == 404
    assert staff_client.head(LIST)["X-Result-Count"] == "12"


def test_an_object_carries_its_address_and_a_uuid_of_32_digits(staff_client: Client) -> None:
    info = add_application("skyflow", features=["flow"], filters={"feature": DRAFT})
    body = staff_client.get(LIST).json()[0]
    assert body["uuid"] == info.uuid.hex
    assert body["url"] == f"http://testserver{LIST}{info.uuid.hex}/"
    assert (body["slug"], body["features"], body["filters"], body["version"]) == (
        "skyflow",
        ["flow"],
        {"feature": DRAFT},
        1,
    )
    assert staff_client.get(body["url"]).json() == body
    assert staff_client.get(f"{LIST}{info.uuid}/").json() == body


@pytest.mark.parametrize("url", ["0" * 32, "00000000-0000-0000-0000-000000000000", "nonsense"])
def test_an_unknown_uuid_is_json_404(staff_client: Client, url: str) -> None:
    response = staff_client.get(f"{LIST}{url}/")
    assert response.status_code == 404
    assert "json" in response["Content-Type"]
    assert response.json()["detail"]


def test_field_keeps_only_these_keys_on_list_and_object(staff_client: Client) -> None:
    add_application("skyflow")
    assert staff_client.get(f"{LIST}?field=slug&field=name&field=wings").json() == [
        {"slug": "skyflow", "name": "Skyflow"}
    ]
    assert staff_client.get(f"{url_of()}?field=uuid").json().keys() == {"uuid"}


def test_o_sorts_and_an_unknown_name_is_a_fault_of_o(staff_client: Client) -> None:
    for slug, position in (("b", 1), ("a", 1), ("c", 0)):
        add_application(slug, position=position)
    assert slugs(staff_client, "?o=name") == ["a", "b", "c"]
    assert slugs(staff_client, "?o=-position&o=-name") == ["b", "a", "c"]
    response = staff_client.get(f"{LIST}?o=colour")
    assert response.status_code == 400
    assert "colour" in response.json()["o"][0]


def test_filters_narrow_the_list_and_wrong_ones_are_faults(staff_client: Client) -> None:
    add_application("skyflow")
    add_application("nexus", active=False)
    assert slugs(staff_client, "?name=SKY") == ["skyflow"]
    assert slugs(staff_client, "?name_exact=Nexus") == ["nexus"]
    assert slugs(staff_client, "?slug=nexus&slug=skyflow&o=name") == ["nexus", "skyflow"]
    assert slugs(staff_client, "?active=false") == ["nexus"]
    for query, name in (("?active=perhaps", "active"), ("?slug=moon", "slug")):
        response = staff_client.get(LIST + query)
        assert (response.status_code, list(response.json())) == (400, [name])


def test_a_list_costs_the_same_queries_whatever_its_length(
    staff_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_application("first")
    with django_assert_max_num_queries(6) as few:
        staff_client.get(LIST)
    for number in range(20):
        add_application(f"app-{number}")
    with django_assert_max_num_queries(6) as many:
        staff_client.get(LIST, {"page_size": 100})
    assert len(few) == len(many)


def test_changing_needs_the_permission_of_the_change(staff_client: Client, staff: User) -> None:
    add_application("skyflow", active=False)
    attempts = [
        ("post", LIST, {"slug": "x", "name": "x"}, "add_application"),
        ("patch", url_of(), {"name": "x"}, "change_application"),
        ("delete", url_of(), None, "delete_application"),
    ]
    for method, url, body, codename in attempts:
        response = send(staff_client, method, url, body)
        assert response.status_code == 403
        assert f"applications.{codename}" in response.json()["detail"]
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="applications"))
    assert [send(staff_client, *attempt[:3]).status_code for attempt in attempts] == [201, 200, 204]


def test_creating_answers_201_with_the_address_and_is_recorded_as_the_users(admin_client: Client) -> None:
    response = send(admin_client, "post", LIST, {"slug": "skyflow", "name": "Skyflow", "filters": {"feature": DRAFT}})
    assert response.status_code == 201
    assert response["Location"] == response.json()["url"] == f"http://testserver{url_of()}"
    assert event_list()[0].actor_name == "admin"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"slug", "name"}),
        ({"slug": "A b", "name": ""}, {"slug", "name"}),
        ({"slug": "a", "name": "a", "version": 2, "uuid": "x"}, {"version", "uuid"}),
        ({"slug": "a", "name": "a", "filters": {"feature": {"$t": "uuid", "v": "x"}}}, {"filters"}),
        ({"slug": "a", "name": "a", "filters": {"feature": {"and": [DRAFT, {"field": "b"}]}}}, {"filters"}),
        ([1], {"non_field_errors"}),
        ('"text"', {"non_field_errors"}),
    ],
)
def test_values_that_do_not_fit_are_named_by_field_and_leave_no_run(
    admin_client: Client, body: Any, fields: set[str]
) -> None:
    response = send(admin_client, "post", LIST, body)
    assert response.status_code == 400
    assert set(response.json()) == fields
    assert not reads.application_list()
    assert not run_list().exists()


def test_a_fault_of_a_rule_is_named_with_its_path(admin_client: Client) -> None:
    body = {"slug": "a", "name": "a", "filters": {"feature": {"and": [DRAFT, {"field": "b", "operator": "like"}]}}}
    faults = send(admin_client, "post", LIST, body).json()["filters"]
    assert faults[0].startswith("feature.and[1].operator: there is no operator 'like'")


@pytest.mark.parametrize("body", ["{", "[" * 100_000, '{"slug": NaN}', b"\xff\xfe", ""])
def test_a_body_that_is_no_json_is_the_senders_fault(admin_client: Client, body: Any) -> None:
    response = admin_client.post(LIST, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()


def test_a_form_is_not_taken_for_json(admin_client: Client) -> None:
    assert admin_client.post(LIST, {"slug": "a", "name": "a"}).status_code == 415


def test_patch_changes_only_what_is_given_and_only_the_version_that_was_read(admin_client: Client) -> None:
    add_application("skyflow", features=["flow"])
    response = send(admin_client, "patch", url_of(), {"name": "New", "version": 1})
    assert (response.status_code, response.json()["version"], response.json()["features"]) == (200, 2, ["flow"])
    late = send(admin_client, "patch", url_of(), {"name": "Late", "version": 1})
    assert (late.status_code, late.json()["version"]) == (409, 2)
    assert {run.state for run in run_list()} == {"success"}
    assert reads.application_get("skyflow").name == "New"
    for body in ({"slug": "other"}, {"version": "2"}, {"version": True}):
        assert send(admin_client, "patch", url_of(), body).status_code == 400


def test_an_active_application_is_not_deleted(admin_client: Client) -> None:
    add_application("skyflow")
    response = admin_client.delete(url_of())
    assert response.status_code == 409
    assert "Deactivate it first" in response.json()["detail"]


def test_other_methods_are_405(admin_client: Client) -> None:
    add_application("skyflow")
    assert send(admin_client, "put", url_of(), {}).status_code == 405
    assert admin_client.delete(LIST).status_code == 405
