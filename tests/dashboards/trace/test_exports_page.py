"""What was published when, and the button that starts an export."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.orchestration.models import Run
from domains.orchestration.tasks import run_queued
from domains.trace.models import Publication
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
URL = "/trace/exports/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def exporter(staff: User) -> Client:
    """A member of staff who may export."""
    staff.user_permissions.add(Permission.objects.get(codename="export_trace"))
    client = Client()
    client.force_login(staff)
    return client


def test_the_button_queues_a_run_and_the_page_shows_its_card(place: Place, exporter: Client) -> None:
    answer = exporter.post(URL)
    assert (answer.status_code, answer["Location"]) == (303, URL)
    run = Run.objects.get(orchestrator="trace")
    assert (run.state, run.key, run.actor_name) == ("queued", "trace.export", "staff")
    page = exporter.get(URL).content.decode()
    assert f"run-card-{run.uuid.hex}" in page
    assert "The export has been queued." in page
    exporter.post(URL)
    assert "An export is under way already." in exporter.get(URL).content.decode()
    assert Run.objects.filter(orchestrator="trace").count() == 1
    run_queued()
    assert Publication.objects.get().actor_name == "staff"


def test_who_may_not_export_sees_no_button_and_is_refused(place: Place, staff_client: Client) -> None:
    assert "Run export" not in staff_client.get(URL).content.decode()
    assert staff_client.post(URL).status_code == 403
    assert not Run.objects.filter(orchestrator="trace").exists()


def test_it_says_so_before_the_first_export(place: Place, exporter: Client, admin_client: Client) -> None:
    page = exporter.get(URL).content.decode()
    assert "Nothing has been published yet." in page
    assert "Run an export to publish" in page


def test_publications_are_listed_with_what_changed_and_which_is_current(place: Place, exporter: Client) -> None:
    place.export()
    place.save(workspace(feature("Live boards", summary="Changed."), feature("New")))
    second = place.export()["snapshot"]
    page = exporter.get(URL).content.decode()
    assert page.count("Current</span>") == 1
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    assert len(rows) == 2
    assert second in rows[0]
    assert "Current" in rows[0]
    assert "2 features, 2 gateways, 2 tiers, 2 tags" in rows[0]
    figures = [cell.split("<")[0] for cell in rows[0].split('<td class="end num">')[1:]]
    assert figures == ["1", "1", "2"]
    assert f"/runs/{Publication.objects.latest('id').run_uuid}/" in rows[0]
    assert '<a href="/trace/public/skyflow/features/">features</a>' in page


def test_the_list_refreshes_by_itself_and_answers_304_while_nothing_changes(place: Place, exporter: Client) -> None:
    place.export()
    assert 'hx-get="/trace/exports/published/"' in exporter.get(URL).content.decode()
    first = exporter.get(f"{URL}published/")
    assert first.status_code == 200
    assert b"<html" not in first.content
    assert exporter.get(f"{URL}published/", headers={"If-None-Match": first["ETag"]}).status_code == 304
    place.save(workspace(feature("Other")))
    place.export()
    assert exporter.get(f"{URL}published/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_failed_export_says_why_with_each_fault(place: Place, exporter: Client) -> None:
    place.save([])
    exporter.post(URL)
    run_queued()
    page = exporter.get(URL).content.decode()
    assert "The workspace file has 1 fault, so nothing was published." in page
    assert "expected an object with data_sources, found a list" in page


def test_it_costs_the_same_queries_however_many_publications_there_are(place: Place, exporter: Client) -> None:
    place.export()
    counts = []
    for number in range(3):
        exporter.get(URL)
        with CaptureQueriesContext(connection) as queries:
            exporter.get(URL)
        counts.append(len(queries))
        place.save(workspace(feature(f"Feature {number}")))
        place.export()
    assert counts[0] == counts[2]
    assert counts[0] <= 22


def test_other_methods_are_refused(place: Place, exporter: Client) -> None:
    assert exporter.delete(URL).status_code == 405
    assert exporter.post(f"{URL}published/").status_code == 405


def test_the_button_leaves_the_page_where_it_is_and_has_its_panels_look_again(place: Place, exporter: Client) -> None:
    answer = exporter.post(URL, headers=HTMX)
    assert (answer.status_code, answer["HX-Trigger"]) == (200, "vault:refresh")
    body = answer.content.decode()
    assert 'id="badge-runs" hx-swap-oob="true">1<' in body
    assert "The export has been queued." in body
    card = exporter.get(f"{URL}latest/", headers=HTMX)
    assert f"run-card-{Run.objects.get(orchestrator='trace').uuid.hex}" in card.content.decode()
    run_queued()
    assert exporter.get(f"{URL}latest/", headers=HTMX | {"If-None-Match": card["ETag"]}).status_code == 200


def test_without_script_it_leads_back_to_the_page_of_the_button_and_never_to_another_site(
    place: Place, exporter: Client
) -> None:
    assert exporter.post(URL, {"next": "/"})["Location"] == "/"
    for foreign in ("https://elsewhere.example/", "//elsewhere.example"):
        assert exporter.post(URL, {"next": foreign})["Location"] == URL


def test_the_latest_exports_card_answers_304_while_the_run_stays_as_it_is(place: Place, exporter: Client) -> None:
    assert "No export has run yet." in exporter.get(f"{URL}latest/").content.decode()
    place.export()
    first = exporter.get(f"{URL}latest/")
    assert exporter.get(f"{URL}latest/", headers={"If-None-Match": first["ETag"]}).status_code == 304
