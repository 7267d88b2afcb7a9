"""The list page, on the list of features: search, filter, sort, page, columns, export, and the way back."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

LIST = "/trace/features/"


@pytest.fixture
def features(page: Page, demo: None) -> Page:
    """The list of the demo's features."""
    page.goto(LIST)
    return page


def total(page: Page) -> int:
    """How many rows match, as the heading says."""
    return int(page.locator("#list-count").inner_text().replace(",", ""))


def names(page: Page) -> list[str]:
    """The first column of the rows shown."""
    return page.locator("#results tbody tr td:first-child").all_inner_texts()


def test_typing_searches_without_a_click_and_keeps_the_focus(features: Page) -> None:
    before, word = total(features), names(features)[0].split()[0].lower()
    box = features.get_by_label("Search features")
    box.press_sequentially(word)
    expect(features).to_have_url(re.compile(rf"\?q={re.escape(word)}$"))
    expect(features.locator("#list-count")).not_to_have_text(f"{before:,}")
    assert 0 < total(features) < before
    assert all(word in row.lower() for row in features.locator("#results tbody tr").all_inner_texts()[:3])
    expect(box).to_be_focused()


def test_a_filter_becomes_a_chip_that_takes_it_away_again(features: Page) -> None:
    before = total(features)
    features.get_by_text("Filters", exact=True).click()
    features.locator("#list-filters").get_by_label("Status").select_option("Shipped")
    chip = features.get_by_role("link", name="Remove the filter Status: Shipped")
    expect(chip).to_be_visible()
    assert 0 < total(features) < before
    assert set(features.locator("#results tbody .tag.ok").all_inner_texts()) == {"Shipped"}
    chip.click()
    expect(chip).to_be_hidden()
    assert total(features) == before


def test_what_nothing_matches_says_so_and_offers_the_way_out(features: Page) -> None:
    before = total(features)
    features.get_by_label("Search features").fill("zzzzzz")
    expect(features.get_by_text("Nothing matches.")).to_be_visible()
    features.get_by_role("link", name="Clear filters").last.click()
    expect(features.locator("#list-count")).to_have_text(f"{before:,}")


def test_a_heading_sorts_both_ways_and_says_so(features: Page) -> None:
    head = features.get_by_role("columnheader", name="Name")
    expect(head).to_have_attribute("aria-sort", "ascending")
    up = names(features)
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(features).to_have_url(re.compile("sort=-name"))
    down = names(features)
    assert up[0].casefold() < down[0].casefold()


def test_pages_follow_each_other_without_a_row_twice(features: Page) -> None:
    first = names(features)
    features.get_by_role("link", name="Next").click()
    expect(features).to_have_url(re.compile(r"page=2"))
    expect(features.get_by_text(re.compile("Page 2"))).to_be_visible()
    assert not set(first) & set(names(features))
    features.get_by_role("link", name="Previous").click()
    expect(features.get_by_text(re.compile("Page 1"))).to_be_visible()
    assert names(features) == first


def test_back_and_forward_walk_through_the_states_of_the_list(features: Page) -> None:
    first = names(features)
    features.get_by_role("link", name="Next").click()
    expect(features.get_by_text(re.compile("Page 2"))).to_be_visible()
    second = names(features)
    features.get_by_role("columnheader", name="Name").get_by_role("link").click()
    expect(features).to_have_url(re.compile("sort=-name"))
    features.go_back()
    expect(features.get_by_text(re.compile("Page 2"))).to_be_visible()
    assert names(features) == second
    features.go_back()
    expect(features.get_by_text(re.compile("Page 1"))).to_be_visible()
    assert names(features) == first
    features.go_forward()
    expect(features.get_by_text(re.compile("Page 2"))).to_be_visible()
    assert features.locator("h1").count() == 1


def test_the_back_button_after_a_row_was_opened_shows_the_page_not_the_partial(features: Page) -> None:
    features.get_by_label("Search features").fill("a")
    expect(features).to_have_url(re.compile("q=a"))
    shown = names(features)
    features.locator("#results tbody a").first.click()
    expect(features.get_by_role("link", name="All features")).to_be_visible()
    features.go_back()
    expect(features.get_by_role("navigation").first).to_be_visible()
    expect(features.get_by_label("Search features")).to_have_value("a")
    assert names(features) == shown


def test_chosen_columns_are_kept_for_the_person(features: Page) -> None:
    features.get_by_role("button", name="Columns").click()
    dialog = features.get_by_role("dialog", name="Columns")
    dialog.get_by_label("Slug").check()
    dialog.get_by_label("Tags").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(features.get_by_role("columnheader", name="Slug")).to_be_visible()
    features.goto(LIST)
    expect(features.get_by_role("columnheader", name="Slug")).to_be_visible()
    expect(features.get_by_role("columnheader", name="Tags")).to_have_count(0)
    features.get_by_role("button", name="Columns").click()
    features.get_by_role("button", name="Reset").click()
    expect(features.get_by_role("columnheader", name="Slug")).to_have_count(0)


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_the_export_holds_exactly_what_is_filtered(features: Page, kind: str, tmp_path: Path) -> None:
    features.goto(f"{LIST}?status=Shipped&page_size=10")
    wanted = total(features)
    assert wanted > 10, "the filter leaves no more than one page"
    features.get_by_role("button", name="Export").click()
    with features.expect_download() as download:
        features.get_by_role("link", name=f"{kind}, as filtered").click()
    file = tmp_path / "export"
    download.value.save_as(file)
    rows = json.loads(file.read_text()) if kind == "JSON" else list(csv.DictReader(file.open(encoding="utf-8-sig")))
    assert len(rows) == wanted


def test_a_filter_that_does_not_exist_is_told_and_nothing_breaks(features: Page) -> None:
    features.goto(f"{LIST}?colour=red&status=Purple&page=9999&sort=nonsense")
    expect(features.get_by_text("There is no filter “colour”")).to_be_visible()
    expect(features.get_by_role("alert")).to_contain_text("Status")
