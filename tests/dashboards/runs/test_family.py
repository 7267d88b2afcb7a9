"""Runs that have started others: both sides on the page, and where the list shows them."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from domains.orchestration import reads
from domains.orchestration.models import Run
from domains.orchestration.start import start
from domains.orchestration.tasks import run_queued
from tests.dashboards.runs.rows import ERROR, make
from tests.dashboards.runs.test_runs_list import exported

pytestmark = pytest.mark.django_db


def family(count: int, state: str = "queued") -> Run:
    """A parent that waits for so many children, as rows."""
    parent = make("waiting", "children", waits_for="children", pending_children=count)
    parent.steps.create(seq=0, phase="fwd", name="x", kind="children", state="started", started=parent.created)
    values = {"orchestrator": "drill", "method": "program", "plan": {"steps": [], "schema": {}}, "parent_seq": 0}
    Run.objects.bulk_create(Run(**values, parent=parent, state=state) for _ in range(count))
    return parent


def page_of(client: Client, run: Run) -> str:
    answer = client.get(f"/runs/{run.uuid}/")
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client: Client, query: str = "") -> int:
    return len(json.loads(exported(client, f"{query}&export=json")))


def test_a_real_family_is_seen_from_both_sides(staff_client: Client) -> None:
    start("family", "parent", children=[[{"name": "x"}], [{"name": "y"}]])
    run_queued()
    parent = Run.objects.get(parent=None)
    assert parent.state == "success"
    page = page_of(staff_client, parent)
    assert "2 of 2 ended" in page
    assert page.count(">Drill program") == 2
    child = Run.objects.exclude(parent=None).first()
    assert child
    page = page_of(staff_client, child)
    assert f'Child of <a href="/runs/{parent.uuid}/">Family parent</a>, step 2, which is done' in page


def test_the_children_that_matter_stand_first_and_are_counted_by_state(staff_client: Client) -> None:
    parent = family(30, state="success")
    failed = make("rolled_back", parent=parent, parent_seq=0, error=ERROR)
    dead = make("dead", parent=parent, parent_seq=0)
    found = reads.run_family(parent)
    assert [run.pk for run in found.children[:2]] == [dead.pk, failed.pk]
    assert (found.total, found.ended, len(found.children)) == (32, 31, 20)
    page = page_of(staff_client, parent)
    assert f"?parent={parent.uuid}&amp;state=dead" in page
    assert "31 of 32 ended" in page


def test_a_dead_child_is_said_first_with_the_link_where_it_is_mended(staff_client: Client) -> None:
    parent = family(2)
    assert "It waits for 2 of its 2 child runs" in page_of(staff_client, parent)
    dead = make("dead", parent=parent, parent_seq=0)
    page = page_of(staff_client, parent)
    said = page.split('class="notice standing bad"')[1].split("</div>")[0]
    assert "A child run is dead, so this one cannot go on." in said
    assert f'href="/runs/{dead.uuid}/"' in said


def test_the_list_leaves_children_out_but_for_stuck_ones(staff_client: Client) -> None:
    parent = family(3)
    assert listed(staff_client) == 1
    Run.objects.filter(parent=parent).first().delete()  # type: ignore[union-attr]
    dead = make("dead", parent=parent, parent_seq=0)
    assert listed(staff_client) == 2
    assert listed(staff_client, "children=all") == 4
    assert listed(staff_client, "children=only") == 3
    assert listed(staff_client, f"parent={parent.uuid}") == 3
    assert listed(staff_client, f"parent={parent.uuid}&state=dead") == 1
    child = Run.objects.filter(parent=parent, state="queued").first()
    assert child
    assert listed(staff_client, f"q={child.uuid}") == 1
    page = staff_client.get("/runs/?group=stuck").content.decode()
    assert f'href="/runs/{dead.uuid}/"' in page
    assert "child of" in page


def test_the_page_costs_the_same_for_three_children_and_for_three_hundred(staff_client: Client) -> None:
    few_children, many_children = family(3), family(300)
    page_of(staff_client, few_children)
    with CaptureQueriesContext(connection) as few:
        page_of(staff_client, few_children)
    page_of(staff_client, many_children)
    with CaptureQueriesContext(connection) as many:
        page_of(staff_client, many_children)
    assert len(many) == len(few) <= 14


def test_a_change_among_the_children_renews_the_page(staff_client: Client) -> None:
    parent = family(2)
    htmx = {"HX-Request": "true"}
    etag = staff_client.get(f"/runs/{parent.uuid}/", headers=htmx)["ETag"]
    same = staff_client.get(f"/runs/{parent.uuid}/", headers={**htmx, "If-None-Match": etag})
    assert same.status_code == 304
    Run.objects.filter(parent=parent).update(state="running")
    changed = staff_client.get(f"/runs/{parent.uuid}/", headers={**htmx, "If-None-Match": etag})
    assert changed.status_code == 200
