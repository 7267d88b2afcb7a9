"""What only a browser shows of Club's pages: charts, their pictures, and lists that answer while one types."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from domains.club.models import HeroPoint
from tests.dashboards.club.shown import tell

CARD = "(e) => getComputedStyle(e).backgroundColor"
INK = """(canvas) => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data, seen = new Map();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) {
    const colour = `${data[i]},${data[i + 1]},${data[i + 2]}`; seen.set(colour, (seen.get(colour) || 0) + 1); }
  return [...seen].sort((a, b) => b[1] - a[1]).slice(0, 8).map(([colour]) => colour);
}"""


@pytest.fixture
def told(live_server: object) -> None:
    """Two applications with 70 days of figures."""
    tell("skyflow", 70, stars=9)
    tell("nexus", 70, slug="help")


def test_charts_are_drawn_and_the_range_is_changed_by_a_link(page: Page, told: None) -> None:
    page.goto("/club/")
    expect(page.locator(".chart canvas")).to_have_count(3)
    legend = page.locator("#members-trend .u-legend")
    expect(legend).to_contain_text("The 30 days before")
    expect(legend).to_contain_text("2,140")
    page.get_by_role("link", name="7 days").click()
    expect(page.locator("#members-trend .u-legend")).to_contain_text("The 7 days before")
    expect(page.get_by_role("link", name="7 days")).to_have_attribute("aria-current", "true")


def test_a_tile_draws_its_metric(page: Page, told: None) -> None:
    page.goto("/club/")
    page.get_by_role("link", name="Stars").click()
    expect(page.get_by_role("heading", name="Stars", exact=True)).to_be_visible()
    expect(page.locator("#stars-trend .chart canvas")).to_have_count(1)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_stale_mark_stays_within_its_tile(page: Page, told: None, width: int) -> None:
    HeroPoint.objects.filter(every="day").update(stale={"members": "2026-01-02T03:04:00+00:00"})
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/club/")
    tile = page.locator(".club-tiles .tile").filter(has_text="Stale, of")
    expect(tile).to_have_count(1)
    inside = "(e) => [...e.querySelectorAll('dd *')].every(x => x.getBoundingClientRect().right <= %s)"
    right = tile.evaluate("(e) => e.getBoundingClientRect().right")
    assert tile.evaluate(inside % right)


def test_whoever_points_at_a_day_is_told_its_figures(page: Page, told: None) -> None:
    page.goto("/club/?app=skyflow&range=30")
    over = page.locator("#members-trend .u-over")
    over.hover(position={"x": 2, "y": 20})
    expect(page.locator("#members-trend .u-legend")).to_contain_text("1,041")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chart_is_saved_as_png_on_the_colours_of_the_page(
    new_page: Callable[..., Page], admin: User, told: None, scheme: str, tmp_path: Path
) -> None:
    page = new_page(admin, scheme=scheme)
    page.goto("/club/")
    expect(page.locator("#members-trend canvas")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG of Members", exact=True).click()
    assert download.value.suggested_filename == "chart-members-trend.png"
    saved = tmp_path / "chart.png"
    download.value.save_as(saved)
    content = saved.read_bytes()
    assert content.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", content[16:24])
    drawn = page.locator("#members-trend canvas").evaluate("(e) => [e.width, e.height]")
    assert (width > drawn[0], height > drawn[1] + 40) == (True, True)
    background = page.locator("#members-trend").evaluate(CARD)
    assert _corner(page, content) == _rgb(page, background)


def test_a_chart_is_saved_as_csv(page: Page, told: None) -> None:
    page.goto("/club/?range=7")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV of Members", exact=True).click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == "Day,Members,Day (before),The 7 days before"
    assert len(lines) == 8
    assert lines[-1].split(",")[1] == "2140"


def test_charts_are_drawn_anew_in_the_colours_of_the_other_theme(page: Page, told: None) -> None:
    page.goto("/club/")
    canvas = page.locator("#members-trend canvas")
    expect(canvas).to_be_visible()
    light = canvas.evaluate(INK)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#members-trend canvas")).to_have_count(1)
    assert not set(light) & set(page.locator("#members-trend canvas").evaluate(INK))


def test_members_are_found_while_one_types_and_the_export_follows(page: Page, told: None) -> None:
    page.goto("/club/features/skyflow/flow/")
    rows = page.locator("#ranking tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_label("Search members").fill("ada")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("q=ada"))
    page.get_by_role("button", name="Export the members").click()
    expect(page.get_by_role("link", name="CSV, as filtered")).to_have_attribute("href", re.compile("q=ada.*export=csv"))
    page.get_by_label("Search members").fill("")
    expect(rows).to_have_count(3)
    page.get_by_label("Show", exact=True).select_option("Moved up")
    expect(page.get_by_text("Nobody matches.")).to_be_visible()


def _rgb(page: Page, colour: str) -> list[int]:
    """A colour of the style sheet as a canvas has it."""
    painted: list[int] = page.evaluate(
        """(colour) => { const pen = new OffscreenCanvas(1, 1).getContext('2d'); pen.fillStyle = colour;
        pen.fillRect(0, 0, 1, 1); return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)]; }""",
        colour,
    )
    return painted


def _corner(page: Page, png: bytes) -> list[int]:
    """The colour of the picture's first pixel."""
    found: list[int] = page.evaluate(
        """async (bytes) => { const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
        const pen = new OffscreenCanvas(1, 1).getContext('2d'); pen.drawImage(bitmap, 0, 0);
        return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)]; }""",
        list(png),
    )
    return found
