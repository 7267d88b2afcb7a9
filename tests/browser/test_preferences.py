"""Preferences: kept for the person, applied by the server."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

DARK = 60  # a channel of the background is below this in the dark look and far above it in the light one


def background(page: Page) -> int:
    """The red channel of the page's background."""
    colour = page.evaluate(
        """() => {
          const context = document.createElement('canvas').getContext('2d');
          context.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
          context.fillRect(0, 0, 1, 1);
          return context.getImageData(0, 0, 1, 1).data[0];
        }"""
    )
    return int(colour)


def save(page: Page, **choices: str) -> None:
    page.goto("/preferences/")
    for label, value in choices.items():
        page.locator("main").get_by_label(label.replace("_", " "), exact=True).select_option(value)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Preferences saved.")).to_be_visible()


def test_the_theme_is_in_the_page_that_the_server_sends(page: Page, new_page: Callable[..., Page], admin: User) -> None:
    save(page, Theme="dark")
    assert background(page) < DARK
    elsewhere = new_page(admin, scheme="light")
    sent = elsewhere.goto("/")
    assert sent and 'data-theme="dark"' in sent.text()
    assert background(elsewhere) < DARK


def test_the_systems_theme_is_followed_until_one_is_chosen(new_page: Callable[..., Page], admin: User) -> None:
    light, dark = new_page(admin, scheme="light"), new_page(admin, scheme="dark")
    light.goto("/")
    dark.goto("/")
    assert background(light) > DARK
    assert background(dark) < DARK


def test_the_theme_menu_changes_the_page_at_once(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_density_and_rows_on_a_page_are_kept(page: Page, demo: None) -> None:
    save(page, Density="compact", Rows_on_a_page_of_a_list="100")
    page.goto("/trace/features/")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    expect(page.locator("#results tbody tr")).to_have_count(100)


def test_the_time_zone_changes_the_times_shown(page: Page, demo: None) -> None:
    page.goto("/events/")
    before = page.locator("#results time").first
    stamp, shown = before.get_attribute("datetime"), before.get_attribute("title") or before.inner_text()
    save(page, Time_zone="Asia/Kathmandu")
    page.goto("/events/")
    expect(page.locator("html")).to_have_attribute("data-zone", "Asia/Kathmandu")
    after = page.locator(f'#results time[datetime="{stamp}"]').first
    assert after.count() == 0 or (after.get_attribute("title") or after.inner_text()) != shown


def test_without_shortcuts_a_single_key_does_nothing(page: Page) -> None:
    page.goto("/preferences/")
    page.locator("main").get_by_label("Keyboard shortcuts").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto("/")
    page.keyboard.press("?")
    page.keyboard.press("/")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#keys")).to_be_hidden()
