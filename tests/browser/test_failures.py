"""What somebody sees when the server says no, or nothing at all, behind a page that is open."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.core.cache import cache
from playwright.sync_api import Page, Route, expect

from tests.browser.watch import Watch

REFRESH = "document.body.dispatchEvent(new CustomEvent('vault:refresh'))"


def test_a_server_error_behind_a_panel_becomes_a_stale_mark(page: Page, watch: Watch) -> None:
    page.goto("/")
    watch.allow(500, "/")
    page.route("**/home/*/", lambda route: route.fulfill(status=500, body=""))
    page.evaluate(REFRESH)
    expect(page.get_by_text("Stale since").first).to_be_visible()


def test_a_refused_action_becomes_a_toast_with_the_servers_words(page: Page, watch: Watch) -> None:
    watch.allow(409, "/preferences/theme/")
    page.goto("/")

    def refuse(route: Route) -> None:
        body = '{"title": "That is not possible now.", "status": 409}'
        route.fulfill(status=409, content_type="application/problem+json", body=body)

    page.route("**/preferences/theme/", refuse)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    toast = page.locator("#toasts").get_by_text("That is not possible now.")
    expect(toast).to_be_visible()
    page.get_by_role("button", name="Close this notice").click()
    expect(toast).to_be_hidden()


def test_a_session_that_ended_behind_an_open_page_leads_to_the_login(page: Page, watch: Watch) -> None:
    page.goto("/")
    Session.objects.all().delete()
    cache.clear()
    page.evaluate(REFRESH)
    page.wait_for_url("**/accounts/login/**")
    assert "next=" in page.url
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_network_that_is_gone_is_said_once_and_the_page_stays(page: Page, watch: Watch) -> None:
    page.goto("/")
    page.route("**/home/*/", lambda route: route.abort("internetdisconnected"))
    page.evaluate(REFRESH)
    expect(page.get_by_text("Stale since").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    told = ("ERR_INTERNET_DISCONNECTED", "console: htmx:")
    watch.faults[:] = [fault for fault in watch.faults if not any(words in fault for words in told)]
