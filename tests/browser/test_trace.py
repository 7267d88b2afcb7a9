"""What only a browser shows of Trace's pages: headings that stay in sight, and charts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tools.trace_samples import make_trace_samples

BOX = "(e) => { const box = e.getBoundingClientRect(); return [Math.round(box.left), Math.round(box.top)]; }"


@pytest.mark.parametrize("width", [1280, 390])
def test_names_and_headings_of_the_matrix_stay_in_sight(page: Page, demo: None, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto("/trace/matrix/tags/")
    frame, heading = page.locator(".matrix .scroll"), page.locator(".matrix th.mark").first
    name = page.locator(".matrix tbody td.name").nth(20)
    top, left = heading.evaluate(BOX)[1], name.evaluate(BOX)[0]
    frame.evaluate("(e) => e.scrollTo(300, 400)")
    assert frame.evaluate("(e) => [e.scrollLeft > 0, e.scrollTop > 0]") == [True, True]
    assert heading.evaluate(BOX)[1] == top
    assert name.evaluate(BOX)[0] == left


def test_the_api_log_draws_its_charts_and_changes_the_span(page: Page, demo: None) -> None:
    make_trace_samples()
    page.goto("/api-log/")
    expect(page.locator(".chart canvas")).to_have_count(2)
    expect(page.locator(".chart .u-legend").first).to_contain_text("Unchanged (304)")
    page.get_by_role("link", name="30 days").click()
    expect(page.locator(".chart canvas")).to_have_count(2)
    expect(page.get_by_role("heading", name="Every hour in detail")).to_be_visible()
