"""Vault without a mouse."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from domains.trace import reads

FOCUSED = "document.activeElement.outerHTML.slice(0, 200)"
RING = """() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
}"""


def tab_to(page: Page, selector: str, *, at_most: int = 60) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}; the focus is on {page.evaluate(FOCUSED)}")


def test_the_first_tab_offers_to_skip_the_navigation(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_stop_shows_where_the_focus_is(page: Page) -> None:
    page.goto("/")
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate(RING), f"no visible focus on {page.evaluate(FOCUSED)}"


def test_an_export_is_run_and_looked_at_without_a_mouse(page: Page, demo: None, run_worker: Callable[[], int]) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("exports")
    expect(page.get_by_role("option").first).to_contain_text("Exports")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trace/exports/")
    tab_to(page, "main form button.primary")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The export has been queued.")).to_be_visible()
    run_worker()
    tab_to(page, "a[id^=open-]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*/")


def test_a_list_is_filtered_and_a_row_opened_without_a_mouse(page: Page, demo: None) -> None:
    feature = reads.feature_list().first()
    assert feature is not None
    page.goto("/trace/features/")
    tab_to(page, "#list-q")
    page.keyboard.type(feature.name)
    expect(page.locator("#results tbody tr").first).to_contain_text(feature.name)
    tab_to(page, "#results tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/trace/features/{feature.slug}/")


def test_a_dialog_keeps_the_focus_and_gives_it_back(page: Page, demo: None) -> None:
    page.goto("/trace/features/")
    button = page.get_by_role("button", name="Columns")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Columns")
    expect(dialog).to_be_visible()
    for _ in range(25):
        page.keyboard.press("Tab")
        inside = page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
        assert inside, f"the focus left the dialog for {page.evaluate(FOCUSED)}"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
