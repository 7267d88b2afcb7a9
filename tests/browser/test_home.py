"""Home: this machine's figures, renewed while somebody looks and only then."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connections
from playwright.sync_api import Page, Request, expect

from domains.core.sampler import Sampler

HIDE = """(hidden) => {
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def sampler(live_server: object) -> Iterator[None]:
    """A sampler that measures this host while the test runs."""
    sampler = Sampler(interval=0.5)

    def measure() -> None:
        sampler.run()
        connections.close_all()

    thread = threading.Thread(target=measure, name="sampler")
    thread.start()
    yield
    sampler.stop()
    thread.join()


def test_the_tiles_show_this_machine_and_renew_themselves(page: Page, sampler: None, demo: None) -> None:
    page.goto("/")
    tiles = page.locator("#panel-tiles")
    page.get_by_role("button", name="Refresh").click()
    expect(tiles).to_contain_text("% ", timeout=15_000)
    expect(tiles).to_contain_text("Skyflow")
    first = tiles.get_attribute("data-at")
    expect(tiles).not_to_have_attribute("data-at", first or "", timeout=15_000)
    expect(page.locator("[data-page-age]")).to_contain_text("Updated")


def test_a_hidden_tab_asks_for_nothing_and_a_shown_one_at_once(page: Page) -> None:
    asked: list[str] = []
    page.clock.install()
    page.goto("/", wait_until="networkidle")

    def note(request: Request) -> None:
        if "/static/" not in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.evaluate(HIDE, True)
    page.clock.run_for(120_000)
    assert not asked
    with page.expect_request("**/home/tiles/"):
        page.evaluate(HIDE, False)


def test_a_shown_tab_asks_every_thirty_seconds(page: Page) -> None:
    page.clock.install()
    page.goto("/")
    with page.expect_response("**/home/tiles/"):
        page.clock.run_for(31_000)


def test_a_panel_that_did_not_change_costs_no_body(page: Page) -> None:
    page.goto("/stats/")
    with page.expect_response(lambda answer: "/stats/panels/" in answer.url) as first:
        page.get_by_role("button", name="Refresh").click()
    assert first.value.status in {200, 304}
    assert first.value.headers.get("etag")
