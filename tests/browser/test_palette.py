"""The command palette and the single keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_key_opens_the_palette_and_enter_goes_there(page: Page, keys: str) -> None:
    page.goto("/")
    page.keyboard.press(keys)
    box = page.get_by_role("combobox", name="Search pages, commands and records")
    expect(box).to_be_focused()
    box.press_sequentially("applic")
    expect(page.get_by_role("option").first).to_contain_text("Applications")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/applications/")


def test_escape_closes_it_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/")
    link = page.get_by_role("navigation").get_by_role("link", name="Runs")
    link.focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(link).to_be_focused()


def test_nothing_found_is_said(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("zzzzzz")
    expect(page.locator("#palette-results")).to_contain_text("Nothing matches")


def test_records_are_found_too(page: Page, demo: None) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("skyflow")
    expect(page.get_by_role("option", name="Skyflow").first).to_be_visible()


def test_the_question_mark_lists_the_keys(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_two_keys_go_to_a_page(page: Page) -> None:
    page.goto("/preferences/")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(lambda url: url.endswith("/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Home")


def test_keys_typed_into_a_field_stay_there(page: Page) -> None:
    page.goto("/events/")
    page.locator("#list-q").fill("")
    page.locator("#list-q").press_sequentially("a/b?")
    expect(page.locator("#list-q")).to_have_value("a/b?")
    expect(page.locator("#palette")).to_be_hidden()
