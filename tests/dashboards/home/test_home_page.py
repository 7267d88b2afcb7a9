"""Home."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from domains.core import ready
from domains.extensions.extension import Freshness
from domains.orchestration.models import Run
from tests.domains.core.factories import counters, snapshot

pytestmark = pytest.mark.django_db
HOME_QUERIES = 17


@pytest.fixture
def sampled() -> None:
    ready.publish(snapshot(before=counters(monotonic=98.0, cpu=((9.0, 98.0), (20.0, 98.0)))))


def make_run(state: str, **values: Any) -> Run:
    ended = None if state in {"queued", "running"} else timezone.now()
    return Run.objects.create(
        **{
            "orchestrator": "trace",
            "method": "export",
            "plan": {"steps": [], "schema": {}},
            "state": state,
            "ended": ended,
        }
        | values
    )


def home(client: Client) -> str:
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def tile(html: str, name: str) -> str:
    found = [part for part in html.split('<dl class="card tile">') if f">{name}</a>" in part[:400]]
    assert found, f"there is no tile {name}"
    return found[0].split("</dl>")[0]


def test_it_is_for_staff(client: Client) -> None:
    for path in ("/", "/home/tiles/", "/home/hour/", "/home/runs/"):
        assert client.get(path).status_code == 302, path


def test_an_empty_installation_says_what_is_not_there_yet(staff_client: Client) -> None:
    html = home(staff_client)

    assert "Nothing has run yet." in html
    assert "No export has run yet." in html
    assert "0" in tile(html, "Active runs")


def test_tiles_show_the_host(staff_client: Client, sampled: None) -> None:
    html = home(staff_client)

    assert "25%" in tile(html, "CPU")
    assert "4.00 GB of 16.0 GB" in tile(html, "Memory")
    assert "60.0 GB free" in tile(html, "Disk")
    assert "checks pass" in tile(html, "Health")
    assert "queue" in tile(html, "Health"), "the check that does not pass is named"


def test_tiles_count_active_and_failed_runs(staff_client: Client, sampled: None) -> None:
    make_run("queued")
    make_run("running", key="b")
    make_run("rolled_back")
    make_run("rolled_back", ended=timezone.now() - timedelta(days=2))

    html = home(staff_client)

    assert "<dd>2" in tile(html, "Active runs")
    assert "<dd>1" in tile(html, "Failed runs")
    assert "Needs a look" in tile(html, "Failed runs")
    assert 'href="/runs/?state=rolled_back&amp;' in tile(html, "Failed runs")


def test_tiles_show_the_age_of_each_applications_data(
    staff_client: Client, sampled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        Freshness("skyflow", "features", timezone.now() - timedelta(hours=3), 119, "/trace/features/"),
        Freshness("nexus", "features", None, 0, "/trace/features/"),
    ]
    monkeypatch.setattr("dashboards.home.panels.registry.freshness", lambda: rows)

    html = home(staff_client)

    assert "3 h ago" in tile(html, "skyflow")
    assert "119 features published" in tile(html, "skyflow")
    assert "never" in tile(html, "nexus")


def test_child_runs_do_not_crowd_out_the_others(staff_client: Client, sampled: None) -> None:
    parent = make_run("waiting", waits_for="children", pending_children=9)
    children = [make_run("success", parent=parent, parent_seq=0) for _ in range(9)]
    stuck = make_run("dead", parent=parent, parent_seq=0)
    page = staff_client.get("/home/runs/").content.decode()
    assert parent.get_absolute_url() in page
    assert stuck.get_absolute_url() in page
    assert not any(child.get_absolute_url() in page for child in children)


def test_recent_runs_and_the_latest_exports_card_are_there(staff_client: Client, sampled: None) -> None:
    older = make_run("rolled_back")
    latest = make_run("queued", application="skyflow")
    for number in range(9):
        make_run("success", orchestrator="applications", method="update", key=str(number))

    html = home(staff_client)

    assert f'id="run-card-{latest.uuid.hex}"' in html
    assert f'id="run-card-{older.uuid.hex}"' not in html
    assert html.count("Update application</a>") == 8


def test_the_export_button_is_shown_to_those_who_may_export(
    staff_client: Client, admin_client: Client, staff: User
) -> None:
    assert "Run export" not in home(staff_client)
    assert "Run export" in home(admin_client)
    assert 'action="/trace/exports/"' in home(admin_client)


def test_the_last_hour_is_a_chart(staff_client: Client) -> None:
    home(staff_client)  # measures once, since no sampler runs

    html = staff_client.get("/home/hour/").content.decode()

    assert 'data-series="home-hour"' in html
    assert '<script id="home-hour" type="application/json">' in html


def test_it_has_a_fixed_number_of_queries(
    staff_client: Client, sampled: None, django_assert_max_num_queries: Any
) -> None:
    make_run("queued")
    for number in range(8):
        make_run("success", key=str(number))

    with django_assert_max_num_queries(HOME_QUERIES):
        home(staff_client)


def test_many_viewers_share_the_same_bytes(
    staff_client: Client, admin_client: Client, sampled: None, django_assert_max_num_queries: Any
) -> None:
    first = {path: staff_client.get(path) for path in ("/home/tiles/", "/home/hour/", "/home/runs/")}

    for path, answer in first.items():
        with django_assert_max_num_queries(2):
            again = admin_client.get(path, headers={"if-none-match": answer["ETag"]})
        assert again.status_code == 304, path


def test_panels_refresh_by_the_visible_tabs_clock(staff_client: Client, sampled: None) -> None:
    html = home(staff_client)

    for path in ("/home/tiles/", "/home/hour/", "/home/runs/"):
        assert f'hx-get="{path}" hx-trigger="vault:tick-30 from:body, vault:refresh from:body"' in html
    assert "every " not in html.split("<main")[1].split("hx-trigger")[1][:80]
