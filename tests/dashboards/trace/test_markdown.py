"""Markdown of the workspace as HTML that cannot do anything."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from dashboards.trace.markdown import CUT, FILES, MAX_LENGTH, to_html


def elements(html: str) -> list[tuple[str, dict[str, str]]]:
    """Each element as a browser reads it, with its attributes."""
    found: list[tuple[str, dict[str, str]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, {name: value or "" for name, value in attrs}))

    Reader().feed(html)
    return found


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("## Why\n## How", ["h3", "h3"]),
        ("# One\n### Three\n# Four", ["h3", "h4", "h3"]),
        ("### Deep\n# Top\n## Middle\n### Deep", ["h3", "h3", "h4", "h5"]),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", ["h3", "h4", "h5", "h6", "h6", "h6"]),
    ],
)
def test_headings_begin_below_those_of_the_page_and_leave_no_level_out(text: str, levels: list[str]) -> None:
    assert re.findall(r"<(h\d)>", to_html(text)) == levels
    assert re.findall(r"</(h\d)>", to_html(text)) == levels


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//far.example)",
        "[x](/\\far.example)",
        "<javascript:alert(1)>",
        '[x](https://a.example "\\" onclick=alert(1)")',
        "![x](https://far.example/p.png)",
        '![" onerror=alert(1)](/trace/public/files/a.png)',
        "[r]\n\n[r]: javascript:alert(1)",
        "<img src=x onerror=alert(1)>",
    ],
)
def test_nothing_in_it_can_do_anything(text: str) -> None:
    for tag, attributes in elements(to_html(text)):
        assert tag in {"p", "a", "img"}
        assert set(attributes) <= {"href", "src", "alt", "title", "rel", "loading"}
        assert attributes.get("src", FILES).startswith(FILES)
        assert attributes.get("href", "https://").startswith(("https://", "/%5C"))  # a path of this site, at worst


def test_lists_of_tasks_have_boxes_and_code_is_left_alone() -> None:
    html = to_html("- [x] done\n- [ ] open\n\n```\n- [ ] code\n```\n\n[ ] text")
    assert "<li>☑ done</li>" in html
    assert "<li>☐ open</li>" in html
    assert "- [ ] code" in html
    assert "<p>[ ] text</p>" in html


def test_what_is_longer_than_a_chapter_is_cut() -> None:
    html = to_html("word " * MAX_LENGTH)
    assert len(html) < MAX_LENGTH + 100
    assert html.rstrip().endswith(f"{CUT.strip()}</p>")
