"""The pages that show applications, and those that ask before something is done to one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from dashboards.shell import palette
from domains.applications import reads
from domains.applications.demo import load_demo
from domains.orchestration.start import run_now
from tests.domains.applications.factories import add_application

pytestmark = pytest.mark.django_db
LIST = "/applications/"


def text(response: Any) -> str:
    return str(response.content.decode())


def test_the_list_says_so_when_there_is_none(staff_client: Client) -> None:
    page = text(staff_client.get(LIST))
    assert "No application is registered yet." in page
    assert "Add application" not in page


def test_the_list_shows_name_state_features_and_which_data_is_filtered(admin_client: Client) -> None:
    load_demo()
    add_application("retired", active=False)
    page = text(admin_client.get(LIST))
    assert 'href="/applications/skyflow/"' in page
    assert "kudos" in page
    assert "feature, gateway, tier, tag" in page
    assert "Applications contains skyflow and Status is none of Idea, Deprecated" in page
    assert page.count("Inactive</span>") == 1
    assert "Add application" in page


def test_the_list_is_searched_filtered_and_exported(staff_client: Client) -> None:
    load_demo()
    add_application("retired", active=False)
    assert "Nexus" not in text(staff_client.get(LIST, {"q": "board"})).split('id="results"')[1]
    assert "Skyflow" in text(staff_client.get(LIST, {"q": "board"}))
    assert "Nothing matches." in text(staff_client.get(LIST, {"active": "false", "q": "sky"}))
    exported = b"".join(staff_client.get(LIST, {"active": "false", "export": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert exported.splitlines()[1].startswith("Retired,retired,inactive,")
    assert "is no" not in exported
    assert "State:" in text(staff_client.get(LIST, {"active": "perhaps"}))


def test_the_list_costs_the_same_queries_whatever_its_length(
    staff_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    add_application("first", filters={"feature": {"field": "a", "operator": "is_set"}})
    staff_client.get(LIST)
    with django_assert_max_num_queries(10) as few:
        staff_client.get(LIST)
    for number in range(15):
        add_application(f"app-{number}", filters={"feature": {"field": "a", "operator": "is_set"}})
    with django_assert_max_num_queries(10) as many:
        staff_client.get(LIST)
    assert len(few) == len(many)


def test_the_page_of_an_application_says_everything_about_it(admin_client: Client) -> None:
    load_demo()
    response = admin_client.get("/applications/nexus/")
    page = text(response)
    assert "Applications contains nexus and (Status is Shipped or Status is Beta)" in page
    assert "No condition" in page
    assert "pipelines" in page
    assert "Application created" in page
    uuid = reads.application_get("nexus").uuid.hex
    assert f"/events/?object_type=applications.application&amp;object={uuid}" in page
    assert "/applications/nexus/delete/" not in page
    run_now("applications", "deactivate", app="nexus")
    page = text(admin_client.get("/applications/nexus/"))
    assert "This application is inactive" in page
    assert "/applications/nexus/delete/" in page
    assert "/applications/nexus/activate/" in page


def test_whoever_may_not_change_sees_no_button(staff_client: Client) -> None:
    add_application("skyflow")
    page = text(staff_client.get("/applications/skyflow/"))
    for deed in ("edit", "deactivate", "delete"):
        assert f"/applications/skyflow/{deed}/" not in page
        assert staff_client.get(f"/applications/skyflow/{deed}/").status_code == 403
        assert staff_client.post(f"/applications/skyflow/{deed}/").status_code == 403
    assert staff_client.get("/applications/new/").status_code == 403
    assert reads.application_get("skyflow").active


def test_an_unknown_application_is_a_page_with_404(staff_client: Client) -> None:
    response = staff_client.get("/applications/moon/")
    assert response.status_code == 404
    assert "Unknown application moon" in text(response)


def test_deactivating_asks_first_and_then_says_that_it_is_done(staff_client: Client, staff: User) -> None:
    staff.user_permissions.add(Permission.objects.get(codename="change_application"))
    add_application("skyflow")
    assert "Deactivate Skyflow?" in text(staff_client.get("/applications/skyflow/deactivate/"))
    assert reads.available_apps() == ["skyflow"]
    page = text(staff_client.post("/applications/skyflow/deactivate/", follow=True))
    assert "Skyflow is inactive." in page
    assert reads.available_apps() == []
    assert "Skyflow is active." in text(staff_client.post("/applications/skyflow/activate/", follow=True))


def test_an_active_application_is_not_deleted_and_an_inactive_one_is(admin_client: Client) -> None:
    add_application("skyflow")
    response = admin_client.post("/applications/skyflow/delete/")
    assert response.status_code == 409
    assert "Deactivate it first" in text(response)
    run_now("applications", "deactivate", app="skyflow")
    assert "Skyflow is deleted." in text(admin_client.post("/applications/skyflow/delete/", follow=True))
    assert reads.application_list() == []


def test_the_palette_finds_applications_by_name_and_address(rf: Any, admin: User) -> None:
    load_demo()
    run_now("applications", "deactivate", app="nexus")
    request = rf.get("/palette/")
    request.user, request.resolver_match = admin, None
    found = dict(palette.results(request, "nex"))["Applications"]
    assert [(entry.label, entry.href, entry.hint) for entry in found] == [
        ("Nexus", reverse("application", args=["nexus"]), "nexus, inactive")
    ]
