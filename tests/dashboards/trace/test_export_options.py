"""Exports that differ from the usual one, what the last one found, and when they run by themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from domains.orchestration.models import Run
from domains.trace.models import Publication
from tests.domains.trace.place import Place
from tests.domains.trace.workspaces import feature, workspace

pytestmark = pytest.mark.django_db
URL = "/trace/exports/"


@pytest.fixture
def exporter(staff: User, staff_client: Client) -> Client:
    """A client of somebody who may export."""
    staff.user_permissions.add(Permission.objects.get(codename="export_trace"))
    return staff_client


def page(client: Client) -> str:
    answer = client.get(URL)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("form", "args"),
    [
        ({}, {}),
        ({"full": "on"}, {"full": True}),
        ({"dry_run": "on", "app": "skyflow"}, {"dry_run": True, "app": "skyflow"}),
    ],
)
def test_the_form_says_how_the_export_differs(
    place: Place, exporter: Client, form: dict[str, str], args: dict[str, object]
) -> None:
    assert exporter.post(URL, form).status_code == 303
    assert Run.objects.get(orchestrator="trace").args == args


def test_an_application_that_there_is_not_is_refused(place: Place, exporter: Client) -> None:
    assert exporter.post(URL, {"app": "nobody"}).status_code == 400
    assert not Run.objects.filter(orchestrator="trace").exists()


def test_a_dry_run_tells_what_it_would_change_and_publishes_nothing(
    place: Place, exporter: Client, run_worker: Callable[[], int]
) -> None:
    place.export()
    place.save(workspace(feature("Live boards", summary="New words."), feature("<i>New</i>")))
    exporter.post(URL, {"dry_run": "on"})
    run_worker()
    shown = page(exporter)
    assert "What the dry run would change" in shown
    assert "&lt;i&gt;New&lt;/i&gt;" in shown
    assert "Nothing was published." in shown
    assert Publication.objects.count() == 1


def test_problems_of_rows_are_listed_with_the_way_to_the_row(place: Place, exporter: Client) -> None:
    place.export()
    assert "found nothing wrong with any row" in page(exporter)
    run = Run.objects.filter(orchestrator="trace", method="export").latest("id")
    entry_id = Publication.objects.get().snapshot.entries.get(slug="live-boards").page_id
    problems = [
        {"kind": "features", "id": entry_id, "name": "Live boards", "text": "It names <b>twice</b> the same."},
        {"kind": "tags", "id": "0" * 32, "name": "", "text": "It has no name."},
    ]
    Run.objects.filter(pk=run.pk).update(result=(run.result or {}) | {"problems": problems, "problem_count": 12})
    shown = page(exporter)
    assert '<a href="/trace/features/live-boards/">Live boards</a>' in shown
    assert "It names &lt;b&gt;twice&lt;/b&gt; the same." in shown
    assert "The first 2 are shown." in shown
    assert exporter.get(f"{URL}problems/").status_code == 200


def test_the_page_says_what_is_read_and_which_schedules_there_are(place: Place, exporter: Client) -> None:
    shown = page(exporter)
    assert "Reads the workspace file" in shown
    assert "When exports run by themselves" in shown
    assert 'href="/trace/connection/"' in shown


def test_of_many_publications_the_newest_ten_stand_here(place: Place, exporter: Client) -> None:
    for number in range(11):
        place.save(workspace(feature("Live boards", summary=f"Version {number}")))
        place.export()
    rows = page(exporter).split('aria-label="Published snapshots"')[1].split("</tbody>")[0]
    assert rows.count("<tr>") == 11  # the headings, and ten
    assert 'href="/trace/snapshots/"' in page(exporter)
