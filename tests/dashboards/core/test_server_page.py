"""The Server page and its panels."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest
from django.template.loader import render_to_string
from django.test import Client

from dashboards.core.charts import Chart, usage_chart
from domains.core import ready, writes
from domains.core.host import host_name
from domains.core.reads import Series
from domains.core.rules import sample_of
from domains.core.snapshot import Container, Usage
from tests.domains.core.factories import GB, counters, snapshot

pytestmark = pytest.mark.django_db
SERVER_PAGE_QUERIES = 10
PANELS = ["/stats/panels/host/", "/stats/panels/processes/cpu/", "/stats/panels/processes/memory/"]


@pytest.fixture
def sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host measured a moment ago, and a psutil that must not be asked."""
    ready.publish(snapshot(before=counters(monotonic=98.0, cpu=((9.0, 98.0), (20.0, 98.0)))))
    for name in ("cpu_times", "virtual_memory", "process_iter", "disk_usage", "disk_partitions"):
        monkeypatch.setattr(psutil, name, lambda *_, **__: pytest.fail("psutil was asked in a request"))


def page(client: Client, query: str = "") -> str:
    response = client.get(f"/stats/{query}")
    assert response.status_code == 200
    return response.content.decode()


def series_of(html: str, chart: str) -> dict[str, Any]:
    found = re.search(rf'<script id="{chart}" type="application/json">(.*?)</script>', html)
    assert found, f"{chart} is not there"
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_it_is_for_staff(client: Client) -> None:
    assert client.get("/stats/").status_code == 302
    for path in [*PANELS, "/stats/panels/facts/", "/stats/panels/charts/hour/"]:
        assert client.get(path).status_code == 302, path


def test_it_shows_the_figures_of_the_sample(staff_client: Client, sampled: None) -> None:
    html = page(staff_client)

    assert "25%" in html
    assert "4.00 GB of 16.0 GB" in html
    assert "Core 1" in html
    assert "python manage.py" in html
    assert "40%" in html


def test_absent_values_are_said_to_be_absent(staff_client: Client, sampled: None) -> None:
    html = page(staff_client)

    assert "none on this host" in html
    assert "Not told by this host: temperatures, swap (none is set up)." in html


def test_container_limits_stand_beside_host_values(staff_client: Client) -> None:
    limits = Container("v2", cpu_limit=0.5, memory_limit=GB, memory_used=GB // 2, pids_limit=100)
    ready.publish(snapshot(container=limits))

    html = page(staff_client)

    assert "500 MB of 1.00 GB (container)" in html
    assert "cgroup v2" in html
    assert ">0.5<" in html
    assert ">16.0 GB<" in html


def test_swap_is_shown_where_there_is_some(staff_client: Client) -> None:
    ready.publish(snapshot(swap=Usage(2 * GB, GB, 50.0), absent=()))

    assert "1.00 GB of 2.00 GB" in page(staff_client)


def test_a_stale_sample_is_shown_as_stale(staff_client: Client) -> None:
    ready.publish(snapshot(at=time.time() - 300))
    ready.may_sample(host_name(), 60)

    assert "Stale: nothing has measured this host since" in page(staff_client)
    panel = staff_client.get(PANELS[0])
    assert b"Stale:" in panel.content
    assert float(panel["X-Vault-At"]) < time.time() - 299


def test_without_a_sampler_the_page_measures_once_and_says_so(staff_client: Client) -> None:
    html = page(staff_client)

    assert "Measured every 2 s by the web server, since no sampler runs" in html
    assert "known with the next sample" in html


def test_a_poll_costs_the_session_and_a_look_in_the_cache(
    staff_client: Client, sampled: None, django_assert_max_num_queries: Any
) -> None:
    for path in PANELS:
        with django_assert_max_num_queries(2):
            response = staff_client.get(path, headers={"hx-request": "true"})
        assert response.status_code == 200
        with django_assert_max_num_queries(2):
            again = staff_client.get(path, headers={"hx-request": "true", "if-none-match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_page_has_a_fixed_number_of_queries(
    staff_client: Client, sampled: None, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(SERVER_PAGE_QUERIES):
        page(staff_client)


def test_processes_are_sorted_by_link(staff_client: Client, sampled: None) -> None:
    by_cpu, by_memory = page(staff_client), page(staff_client, "?sort=memory")

    assert by_cpu.index(">python manage.py<") < by_cpu.index(">init<")
    assert by_memory.index(">init<") < by_memory.index(">python manage.py<")
    assert 'hx-get="/stats/panels/processes/memory/"' in by_memory


def test_charts_hold_what_was_measured_and_gaps_as_null(staff_client: Client, sampled: None) -> None:
    found, now = ready.find_snapshot(host_name()), time.time()
    assert found is not None
    for ago in (1800, 1790, 20, 10):
        writes.record(host=host_name(), at=now - ago, sample=sample_of(found), before=now)

    data = series_of(page(staff_client), "chart-usage")

    cpu = data["series"][0]["values"]
    assert (data["unit"], data["max"], data["series"][0]["label"]) == ("%", 100, "CPU")
    assert len(data["x"]) == len(cpu)
    assert 25.0 in cpu
    assert None in cpu


def test_long_windows_show_peaks(staff_client: Client, sampled: None) -> None:
    start = time.time() // 900 * 900 - 1800
    for second in range(0, 130, 2):
        writes.record(host=host_name(), at=start + second, sample={"cpu": float(second)}, before=None)

    for window in ("day", "month"):
        data = series_of(page(staff_client, f"?window={window}"), "chart-usage")
        assert [line["label"] for line in data["series"]] == ["CPU", "Memory", "CPU, peak"]
        assert max(v for v in data["series"][2]["values"] if v is not None) == 118.0


def test_a_chart_without_any_figure_says_so(staff_client: Client, sampled: None) -> None:
    assert "Nothing measured yet." in page(staff_client, "?window=month")


@pytest.mark.parametrize("query", ["?window=year", "?sort=name", "?window=&sort=", "?window=%00"])
def test_unknown_choices_fall_back_to_the_first(staff_client: Client, sampled: None, query: str) -> None:
    assert 'hx-get="/stats/panels/charts/hour/"' in page(staff_client, query)


@pytest.mark.parametrize("path", ["/stats/panels/processes/name/", "/stats/panels/charts/year/"])
def test_unknown_panels_are_not_found(staff_client: Client, path: str) -> None:
    assert staff_client.get(path).status_code == 404


def test_facts_name_the_software_and_no_secret(staff_client: Client, sampled: None) -> None:
    html = staff_client.get("/stats/panels/facts/").content.decode()

    for word in ("Django", "Python", "Vault", "journal WAL", "Runs waiting"):
        assert word in html or "PostgreSQL" in html, word
    assert "only-for-tests" not in html


def test_it_cannot_be_posted_to(staff_client: Client) -> None:
    assert staff_client.post("/stats/").status_code == 405


def test_a_chart_says_since_when_it_has_figures_unless_they_fill_it() -> None:
    begun: list[float | None] = [None] * 50 + [1.0] * 10
    filled: list[float | None] = [None] * 2 + [1.0] * 58

    def usage(values: list[float | None]) -> Chart:
        metrics = {"cpu": values, "memory": values}
        return usage_chart(Series(list(range(0, 600, 10)), metrics, metrics))

    assert usage(begun).since == datetime.fromtimestamp(500, UTC)
    assert usage(filled).since is None
    assert usage([None] * 60).since is None
    assert "Collecting since" in render_to_string("core/_since.html", {"since": usage(begun).since})
