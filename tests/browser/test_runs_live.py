"""A run's page as it happens: steps that move, a cancel in the middle, a retry that does not wait; a phone's width."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Page, expect

from domains.orchestration.models import Run
from domains.orchestration.start import start
from tests.browser.gate import GATE, gate_registered
from tests.browser.watch import Watch
from tests.dashboards.runs.rows import ERROR, make, step
from tools.pages import every_page
from tools.samples import make_samples

END = 30_000


@pytest.fixture(autouse=True)
def gated() -> Iterator[None]:
    """Register the orchestrator whose step waits for the test, and open the gate in the end."""
    GATE.clear()
    with gate_registered():
        yield
        GATE.set()


@pytest.fixture
def working(run_worker: Callable[[], int]) -> Iterator[Callable[[], None]]:
    """Call it to have what is queued carried out in a thread."""
    threads: list[threading.Thread] = []

    def work() -> None:
        run_worker()
        connections.close_all()

    def begin() -> None:
        threads.append(threading.Thread(target=work, name="worker"))
        threads[-1].start()

    yield begin
    GATE.set()
    for thread in threads:
        thread.join()


def test_a_live_run_is_watched_and_cancelled(page: Page, working: Callable[[], None]) -> None:
    info = start("gate", "walk")
    page.goto(f"/runs/{info.uuid}/")
    expect(page.locator(".standing")).to_contain_text("No worker is running")
    page.evaluate("document.querySelector('main').dataset.kept = 'yes'")
    working()
    expect(page.locator(".standing")).to_contain_text("Step 2 of 3, “Wait at the gate”, is under way.", timeout=END)
    expect(page.get_by_text("Worker", exact=True)).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".standing")).to_contain_text("It is being cancelled", timeout=END)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    GATE.set()
    expect(page.locator(".standing")).to_contain_text("It was cancelled.", timeout=END)
    expect(page.locator("rect.undone[x]")).to_have_count(2)
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    expect(page.locator("#run")).not_to_have_attribute("hx-trigger", "vault:tick-3 from:body")
    assert page.locator("main[data-kept=yes]").count() == 1, "the page was loaded again"


def test_a_step_that_waits_is_tried_now(page: Page) -> None:
    run = make("waiting", cursor=1, waits_for="retry", retry_at=timezone.now() + timedelta(minutes=5))
    step(run, 0)
    step(run, 1, "retrying", since=2, until=None, attempt=2, error=ERROR)
    page.goto(f"/runs/{run.uuid}/")
    expect(page.locator(".standing")).to_contain_text("attempt 3 of 5")
    page.get_by_role("button", name="Retry step now").click()
    expect(page.locator(".standing")).to_contain_text("No worker is running", timeout=END)
    run.refresh_from_db()
    assert run.state == "queued"


def test_the_quick_choices_and_filters_work_together(page: Page) -> None:
    make("dead")
    make("success")
    page.goto("/runs/")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Stuck", exact=True).click()
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#run-groups [aria-current]")).to_have_text("Stuck")
    page.get_by_label("Filters").first.click()
    page.get_by_label("Show", exact=True).select_option("")
    expect(page.locator("#results tbody tr")).to_have_count(2)
    expect(page.locator("#run-groups [aria-current]")).to_have_text("All")


CUT_OFF = """() => [...document.querySelectorAll('.table')].flatMap((table) => {
  const box = table.closest('.scroll').getBoundingClientRect();
  return [...table.querySelectorAll('tbody td')].filter((td) => td.offsetParent && td.getBoundingClientRect().width > 0
    && td.getBoundingClientRect().right > box.right + 1).map((td) => td.textContent.trim().slice(0, 40));
})"""


def test_tables_of_runs_need_no_sideways_scrolling_on_a_phone(new_page: Any, admin: Any) -> None:
    make_samples()
    page = new_page(admin, width=390)
    hidden = {}
    pages = every_page()
    for name in ("runs", "run_waiting", "run_rolled_back", "run_children", "workers", "schedules", "failed_tasks"):
        page.goto(pages[name])
        if found := page.evaluate(CUT_OFF):
            hidden[name] = found
    assert not hidden


def test_a_schedule_is_made_with_its_times_shown_while_typing(page: Page, watch: Watch) -> None:
    watch.allow(422, "/schedules/new/")
    page.goto("/schedules/")
    page.get_by_role("link", name="Add schedule").click()
    expect(page.locator("#preview")).to_contain_text("Type a cron expression")
    page.get_by_label("Name", exact=True).fill("walk at three")
    page.get_by_label("What runs").select_option("gate.walk")
    page.get_by_label("Cron expression").fill("0 3 * * 99")
    expect(page.locator("#preview")).to_contain_text("no cron expression")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_cron_error")).to_contain_text("no cron expression")
    expect(page.get_by_label("Name", exact=True)).to_have_value("walk at three")
    page.get_by_label("Cron expression").fill("0 3 * * 1-5")
    page.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(page.locator("#preview")).to_contain_text("On weekdays at 03:00 Europe/Berlin")
    expect(page.locator("#preview tbody tr")).to_have_count(5)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("walk at three")
    expect(page.locator("main")).to_contain_text("Its time (Europe/Berlin)")
    page.get_by_role("button", name="Run now").click()
    page.wait_for_url("**/runs/*/")
    assert Run.objects.get().key == "walk at three@now"


def test_the_workers_page_renews_itself(page: Page) -> None:
    page.goto("/workers/")
    expect(page.locator("#panel-workers")).to_contain_text("Nothing is under way.")
    make("running", lease_owner="web-1:7:Main", lease_until=timezone.now() + timedelta(minutes=1))
    expect(page.locator("#panel-workers")).to_contain_text("Drill program", timeout=END)
