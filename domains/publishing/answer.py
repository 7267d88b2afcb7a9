"""Answers to readers of public JSON: negotiated, conditional, and the same for everybody. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.http import parse_etags, parse_http_date_safe

JSON = "application/json"
METHODS = ("GET", "HEAD", "OPTIONS")
FRESH = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"
IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "no-cache"
OPEN = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "ETag, Last-Modified, Link, RateLimit, RateLimit-Policy, Retry-After, X-Vault-Snapshot",
    ),
    ("X-Content-Type-Options", "nosniff"),
)
PREFLIGHT = (
    *OPEN,
    ("Allow", ", ".join(METHODS)),
    ("Access-Control-Allow-Methods", ", ".join(METHODS)),
    ("Access-Control-Max-Age", "86400"),
)
ENCODINGS = ("br", "gzip")
"""What documents are compressed with, the best first."""
TAG_DIGITS = 32
_CODING = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?", re.IGNORECASE)
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document is. `modified` is seconds since 1970 and `last_modified` the same as HTTP writes it; `cache` is
    its Cache-Control.
    """

    kind: str
    application: str
    sha256: str
    snapshot: str
    modified: int
    last_modified: str
    cache: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out. Copy the headers before you change them. `chunks` is a list since granian takes one as it is, and
    walks through anything else.
    """

    status: int
    headers: Headers
    chunks: list[bytes]


@dataclass(frozen=True, slots=True)
class Form:
    """A document in one coding, with its answers to GET, to HEAD, and to a reader who has it."""

    etag: str
    full: Answer
    head: Answer
    unchanged: Answer


@dataclass(frozen=True, slots=True)
class Ready:
    """A document with its forms by coding, "" being the plain one."""

    facts: Facts
    forms: Mapping[str, Form]

    @property
    def body(self) -> bytes:
        """The plain document."""
        return self.forms[""].full.chunks[0]


def make_ready(bodies: Mapping[str, bytes], facts: Facts, more: Sequence[tuple[str, str]] = ()) -> Ready:
    """A document ready to go out, from its bodies by coding; `more` headers go out with each."""
    return Ready(facts, {coding: _form(coding, body, facts, more) for coding, body in bodies.items()})


def _form(coding: str, body: bytes, facts: Facts, more: Sequence[tuple[str, str]]) -> Form:
    etag = f'"{facts.sha256[:TAG_DIGITS]}{"-" if coding else ""}{coding}"'
    unchanged = [
        ("Content-Type", JSON),
        ("ETag", etag),
        ("Last-Modified", facts.last_modified),
        ("Cache-Control", facts.cache),
        ("Vary", "Accept-Encoding"),
        ("X-Vault-Snapshot", facts.snapshot),
        *OPEN,
        *more,
    ]
    coded = [("Content-Encoding", coding)] if coding else []
    headers = [("Content-Length", str(len(body))), *coded, *unchanged]
    return Form(etag, Answer(200, headers, [body]), Answer(200, headers, []), Answer(304, unchanged, []))


def answer(ready: Ready, method: str, accept: str, tags: str, since: str) -> Answer:
    """The answer to a GET or HEAD, by its Accept-Encoding, If-None-Match and If-Modified-Since ("" for none)."""
    form = ready.forms.get(accepted(accept)) or ready.forms[""]
    if (tags or since) and (tags == form.etag or is_known(ready, tags, since)):
        return form.unchanged
    return form.head if method == "HEAD" else form.full


@lru_cache(maxsize=512)
def accepted(header: str) -> str:
    """The best of our codings that an Accept-Encoding header allows; "" for none."""
    weights = {
        found.group(1).lower(): (found.group(2) or "1").strip("0.") != ""
        for part in header.split(",")
        if (found := _CODING.fullmatch(part))
    }
    otherwise = weights.get("*", False)
    return next((coding for coding in ENCODINGS if weights.get(coding, otherwise)), "")


def is_known(ready: Ready, tags: str, since: str) -> bool:
    """Whether the reader has this document already: by ETag, else by date. An ETag wins when both are sent."""
    if tags:
        plain = {tag.removeprefix("W/") for tag in parse_etags(tags)}
        return "*" in plain or any(form.etag in plain for form in ready.forms.values())
    moment = parse_http_date_safe(since)
    return moment is not None and ready.facts.modified <= moment
