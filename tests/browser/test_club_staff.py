"""Collections as they happen, and the form of sources with its rows: what only a browser shows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from domains.club.models import Collection, Source
from tests.domains.club.place import configure, make_http, make_place
from tests.emulators.json_api import JsonApi

END = 30_000


class Gate(JsonApi):
    """A service whose answers wait until the test opens the gate."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.opened = threading.Event()

    def answer(self, request: Any) -> Any:
        """The answer, once the gate is open."""
        assert self.opened.wait(60), "the test never opened the gate"
        return super().answer(request)


@pytest.fixture
def folder(live_server: Any, tmp_path: Path, settings: Any) -> Path:
    """The demo applications, and the folder of file sources."""
    configure(settings, CLUB_TIMEOUT_S=60.0)
    return make_place(tmp_path, settings)


@pytest.fixture
def gate(folder: Path) -> Iterator[Gate]:
    """A source of skyflow with hero metrics and one feature, which waits."""
    with Gate(people=5) as found:
        make_http(found.url)
        yield found
        found.opened.set()


@pytest.fixture
def working(run_worker: Callable[[], int], gate: Gate) -> Iterator[Callable[[], None]]:
    """Call it to have what is queued carried out in a thread."""
    threads: list[threading.Thread] = []

    def work() -> None:
        run_worker()
        connections.close_all()

    def begin() -> None:
        threads.append(threading.Thread(target=work, name="worker"))
        threads[-1].start()

    yield begin
    gate.opened.set()
    for thread in threads:
        thread.join()


def test_a_collection_is_started_watched_and_ends_without_a_reload(
    page: Page, gate: Gate, working: Callable[[], None]
) -> None:
    page.goto("/club/collections/")
    page.evaluate("document.querySelector('main').dataset.kept = 'yes'")
    page.get_by_role("button", name="Collect now").click()
    expect(page.locator(".toast")).to_contain_text("The collection has been queued.")
    working()
    expect(page.locator("#panel-latest-collection")).to_contain_text("Ask the sources", timeout=END)
    page.get_by_role("link", name="Every part of it").click()
    expect(page.locator("#results tbody tr")).to_have_count(2)
    expect(page.locator("#results")).to_contain_text("Waiting")
    expect(page.locator("#panel-collection")).to_contain_text("of 2 asked")
    page.evaluate("document.querySelector('main').dataset.kept = 'yes'")
    page.evaluate("history.replaceState({kept: 1}, '')")
    steps = page.evaluate("history.length")
    gate.opened.set()
    expect(page.locator("#results tbody")).to_contain_text("Done", timeout=END)
    expect(page.locator("#parts-poller[hx-get]")).to_have_count(0, timeout=END)
    expect(page.locator("#panel-collection")).to_contain_text("Published", timeout=END)
    assert page.locator("main[data-kept=yes]").count() == 1, "the page was loaded again"
    assert page.evaluate("history.length") == steps, "renewing itself is no step back"


def test_a_collection_is_cancelled_on_its_page(page: Page, gate: Gate, working: Callable[[], None]) -> None:
    page.goto("/club/collections/")
    page.get_by_role("button", name="Collect now").click()
    expect(page.locator(".toast")).to_contain_text("The collection has been queued.")
    working()
    page.get_by_role("link", name="Every part of it").click(timeout=END)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#panel-collection")).to_contain_text("Cancelled", timeout=END)
    expect(page.locator("#parts-poller[hx-get]")).to_have_count(0, timeout=END)
    assert Collection.objects.get().state == "cancelled"


def test_rows_of_features_come_and_go_and_keep_what_was_typed(page: Page, folder: Path, violations: Any) -> None:
    page.goto("/club/sources/new/")
    page.get_by_role("link", name="Add Files").click()
    page.get_by_label("Name").first.fill("exports")
    page.get_by_label("Application").select_option("skyflow")
    add = page.get_by_role("button", name="Add a feature")
    add.click()
    expect(page.locator("#feature-0-name")).to_be_focused()
    page.keyboard.type("Help")
    page.locator("#feature-0-select-file").fill("help.json")
    add.click()
    expect(page.locator("#feature-1-name")).to_be_focused()
    page.keyboard.type("Ideas")
    assert not violations(page)
    page.locator("#feature-1-upload-file").set_input_files(
        {"name": "ideas.json", "mimeType": "application/json", "buffer": b'{"members": []}'}
    )
    page.get_by_role("button", name="Remove feature 1").click()
    expect(page.locator("#feature-1-name")).to_have_count(0)
    expect(page.locator("#feature-0-name")).to_have_value("Ideas")
    expect(page.locator("#feature-0-name")).to_be_focused()
    assert page.locator("#feature-0-select-file").input_value().startswith("uploads/ideas-"), "the chosen file is kept"
    expect(page.get_by_label("Name").first).to_have_value("exports")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="exports")).to_be_visible()
    (feature,) = Source.objects.get().features
    assert (feature["slug"], feature["name"]) == ("ideas", "Ideas")


def test_a_fault_is_read_out_at_its_row(page: Page, watch: Any, folder: Path, violations: Any) -> None:
    watch.allow(422, "/club/sources/new/")
    page.goto("/club/sources/new/?kind=file")
    page.get_by_label("Name").first.fill("exports")
    page.get_by_label("Application").select_option("skyflow")
    page.get_by_role("button", name="Add a feature").click()
    page.locator("#feature-0-name").fill("Help")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#feature-0-name")).to_have_attribute("aria-describedby", "feature-0-faults")
    expect(page.locator("#feature-0-faults")).to_contain_text("File")
    assert not violations(page)
    assert not Source.objects.exists()


def test_the_form_works_on_a_phone_without_scrolling_sideways(
    new_page: Callable[..., Page], admin: Any, folder: Path
) -> None:
    page = new_page(admin, width=390)
    for path in ("/club/sources/new/?kind=http", "/club/sources/new/?kind=file"):
        page.goto(path)
        page.get_by_role("button", name="Add a feature").click()
        expect(page.locator("#feature-0-name")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
