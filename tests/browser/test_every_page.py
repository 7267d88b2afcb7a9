"""What holds for every page: no console error, no accessibility fault, no sideways scrolling at 390 px."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from playwright.sync_api import Page

from dashboards.shell import navigation
from domains.orchestration.start import start
from tools.pages import every_page
from tools.samples import make_samples
from tools.trace_samples import make_trace_samples

PHONE = 390
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDEST = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, dialog, [popover]'))
  .map((e) => `${e.tagName.toLowerCase()}.${e.className}`).slice(-5)"""


@pytest.fixture
def filled(demo: None, admin: User, run_worker: Callable[[], int]) -> dict[str, str]:
    """Demo data and a finished run; the address of every page."""
    start("trace", "export", actor=admin)
    run_worker()
    make_trace_samples()
    make_samples()
    pages = every_page()
    wanted = {
        "run",
        "run_children",
        "schedule",
        "failed_task",
        "application",
        "event",
        "trace_feature",
        "trace_gateway",
    }
    assert wanted <= set(pages), "a page has nothing to show"
    return pages


def visit(page: Page, path: str) -> None:
    answer = page.goto(path)
    assert answer and answer.ok, f"{path} answers {answer and answer.status}"
    assert page.locator("h1").count() == 1, f"{path} has {page.locator('h1').count()} headings of the first level"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_on_any_page(
    new_page: Callable[..., Page], admin: User, filled: dict[str, str], violations: Any, scheme: str
) -> None:
    page, found = new_page(admin, scheme=scheme), []
    for path in filled.values():
        visit(page, path)
        found += violations(page)
    visitor = new_page(scheme=scheme)
    visitor.goto("/accounts/login/")
    found += violations(visitor)
    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_a_phone(
    new_page: Callable[..., Page], admin: User, filled: dict[str, str]
) -> None:
    page, faults = new_page(admin, width=PHONE), []
    for name, path in filled.items():
        visit(page, path)
        overflow = page.evaluate(OVERFLOW)
        if overflow > 0:
            faults.append(f"{name} {path}: {overflow} px too wide, by {page.evaluate(WIDEST)}")
    assert not faults, "\n".join(faults)


def test_every_page_of_the_navigation_is_looked_at(filled: dict[str, str], admin: User, rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = admin
    assert not {item.url_name for item in navigation.visible_items(request)} - set(filled)


def test_the_axe_check_can_fail(page: Page, violations: Any) -> None:
    page.goto("/preferences/")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any("button-name" in fault for fault in violations(page))


def test_a_page_that_does_not_exist_is_said_in_the_house_style(page: Page, watch: Any, violations: Any) -> None:
    watch.allow(404, "/no-such-page/")
    page.goto("/no-such-page/")
    assert "404" in page.locator("main").inner_text()
    assert not violations(page)
