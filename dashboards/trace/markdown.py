"""Markdown of the workspace as HTML that cannot do anything: no markup of its own, no link but to the web."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MAX_LENGTH = 200_000
FIRST_LEVEL = 3
CUT = "\n\n…"
FILES = "/trace/public/files/"
_ALLOWED = re.compile(r"(?:https?://|mailto:|/(?![/\\])|#)", re.IGNORECASE)


def _may_link(url: str) -> bool:
    return _ALLOWED.match(url) is not None


def _make() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
    parser.core.ruler.push("tick_boxes", _tick_boxes)
    parser.core.ruler.push("headings", _headings)
    parser.validateLink = _may_link  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("image", _image)
    return parser


def _tick_boxes(state: Any) -> None:
    """Write the boxes of a list of tasks as signs."""
    for before, token in pairwise(state.tokens):
        if token.type == "inline" and before.type == "paragraph_open" and token.level > 1 and token.children:
            first = token.children[0]
            for written, sign in (("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")):
                if first.content.startswith(written):
                    first.content = sign + first.content[len(written) :]


def _link_open(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noreferrer nofollow")
    return str(self.renderToken(tokens, index, options, env))


def _image(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    """A picture that Vault publishes as a picture, one of another site as a link: pages show nothing from elsewhere."""
    address, words = str(tokens[index].attrGet("src") or ""), tokens[index].content
    if address.startswith(FILES):
        return format_html('<img src="{}" alt="{}" loading="lazy">', address, words)
    return format_html('<a href="{}" rel="noreferrer nofollow">{}</a>', address, words or address)


def _headings(state: Any) -> None:
    """Begin at the third level, since the page has its own two, and leave no level out."""
    used = sorted({token.tag for token in state.tokens if token.type == "heading_open"})
    level = FIRST_LEVEL - 1
    for token in state.tokens:
        if token.type == "heading_open":
            level = min(FIRST_LEVEL + used.index(token.tag), level + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"


_PARSER = _make()


def to_html(text: str) -> SafeString:
    """The text as HTML. What is longer than a book chapter is cut."""
    shown = text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + CUT
    return mark_safe(str(_PARSER.render(shown)))  # noqa: S308 (the parser escapes all markup and checks every link)
