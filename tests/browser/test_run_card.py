"""A run as it happens: the button, the card that moves, the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from domains.orchestration import reads as runs
from domains.trace import reads
from tests.browser.watch import Watch

PUBLIC = "/trace/public/features/"
END = 30_000


@pytest.fixture
def workspace(demo: None) -> Iterator[Path]:
    """The workspace file; it is put back as it was."""
    file = Path(settings.VAULT_HOME) / "workspace.json"
    before = file.read_bytes()
    yield file
    file.write_bytes(before)


def rename_a_feature(workspace: Path) -> str:
    """Change one name in the workspace, as an author would; the new name."""
    feature = reads.feature_list().first()
    assert feature is not None
    text = workspace.read_text()
    assert feature.name in text
    workspace.write_text(text.replace(feature.name, f"{feature.name} renamed"))
    return f"{feature.name} renamed"


def press_export(page: Page) -> Locator:
    """Press the button; the run's card."""
    page.goto("/trace/exports/")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.get_by_role("button", name="Run export").click()
    run = runs.latest_run("trace", "export")
    assert run is not None
    return page.locator(f"#run-card-{run.uuid.hex}")


def test_an_export_is_seen_from_its_button_to_its_end(page: Page, workspace: Path, worker: None) -> None:
    name = rename_a_feature(workspace)
    assert name not in page.request.get(PUBLIC).text()
    card = press_export(page)
    expect(card).to_contain_text("Done", timeout=END)
    expect(card).not_to_have_attribute("hx-trigger", "vault:tick-3 from:body")
    assert name in page.request.get(PUBLIC).text()
    page.reload()
    expect(page.locator("#panel-published, main").first).to_contain_text("Current")


def test_the_card_moves_while_the_page_stays(page: Page, workspace: Path, run_worker: Callable[[], int]) -> None:
    rename_a_feature(workspace)
    card = press_export(page)
    expect(card).to_contain_text("Queued")
    expect(card).to_have_attribute("hx-trigger", "vault:tick-3 from:body")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    run_worker()
    expect(card).to_contain_text("Done", timeout=END)
    assert page.locator("h1[data-kept=yes]").count() == 1, "the page was loaded again"


def test_home_shows_its_export_move_without_leaving_the_page(
    page: Page, workspace: Path, run_worker: Callable[[], int]
) -> None:
    rename_a_feature(workspace)
    page.goto("/")
    page.evaluate("document.querySelector('h1').dataset.kept = 'yes'")
    button = page.get_by_role("button", name="Run export")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        button.click()
    card = page.locator("#panel-latest-export [id^=run-card-]")
    expect(card).to_contain_text("Queued")
    expect(page.locator("#badge-runs")).to_have_text("1 1 active")
    expect(button).to_be_focused()
    run_worker()
    expect(card).to_contain_text("1 changed", timeout=END)
    expect(page.locator("#badge-runs")).to_be_hidden()
    expect(page.locator("#panel-recent-runs tbody tr").first).to_contain_text("Done", timeout=END)
    assert page.locator("h1[data-kept=yes]").count() == 1, "the page was loaded again"


def test_a_failed_export_says_why_and_publishes_nothing(
    page: Page, workspace: Path, run_worker: Callable[[], int]
) -> None:
    published = page.request.get(PUBLIC).text()
    workspace.rename(workspace.with_suffix(".away"))
    card = press_export(page)
    run_worker()
    expect(card).to_contain_text("Rolled back", timeout=END)
    expect(card).to_contain_text("workspace.json")
    assert page.request.get(PUBLIC).text() == published
    workspace.with_suffix(".away").rename(workspace)


def test_a_malformed_workspace_is_told_by_the_place_of_each_fault(
    page: Page, workspace: Path, run_worker: Callable[[], int]
) -> None:
    workspace.write_text('{"object": "workspace", "data_sources": [{"object": "nonsense"}]}')
    card = press_export(page)
    run_worker()
    expect(card).to_contain_text("Rolled back", timeout=END)
    expect(card.locator("code").first).to_contain_text("data_sources")


def test_a_run_that_waits_can_be_cancelled(page: Page, workspace: Path, run_worker: Callable[[], int]) -> None:
    card = press_export(page)
    card.get_by_role("button", name="Cancel").click()
    run_worker()
    expect(card).to_contain_text("Cancelled", timeout=END)


def test_the_runs_page_shows_its_steps(page: Page, workspace: Path, run_worker: Callable[[], int]) -> None:
    rename_a_feature(workspace)
    card = press_export(page)
    run_worker()
    card.get_by_role("link", name="Open run").click()
    page.wait_for_url("**/runs/*/")
    for step in ("Read the workspace", "Validate", "Publish"):
        expect(page.locator("main")).to_contain_text(step)


def test_staff_without_the_permission_see_no_button(
    new_page: Callable[..., Page], staff: User, workspace: Path, watch: Watch
) -> None:
    page = new_page(staff)
    page.goto("/trace/exports/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Run export")).to_have_count(0)
    watch.allow(403, "/trace/exports/")
    refused = page.request.post("/trace/exports/", headers={"Referer": page.url})
    assert refused.status == 403
