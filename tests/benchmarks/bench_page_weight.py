"""What Home weighs: the page and everything that it loads, gzipped, against the limit of 60 KB."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles import finders
from django.test import Client

from tests.benchmarks.ratio import Ratio

LIMIT_KB = 60.0
LOADED = re.compile(
    r"""<script[^>]+src="([^"]+)|<link[^>]+(?:stylesheet|icon)[^>]+href="([^"]+)|<use[^>]+href="([^"#]+)|<img[^>]+src="([^"]+)"""
)


def run() -> list[Ratio]:
    """Home as the first superuser sees it."""
    client = Client(headers={"host": "localhost"})
    viewer, _ = get_user_model().objects.get_or_create(username="weigher", is_staff=True, is_superuser=True)
    client.force_login(viewer)
    answer = client.get("/")
    assert answer.status_code == 200
    parts = {"page": weight(answer.content)} | {url: weight(content(url)) for url in resources(answer.content.decode())}
    name, total = f"Home, {len(parts)} requests, gzip", sum(parts.values())
    return [Ratio.against(name, value=total, unit="KB", peer="limit", peer_value=LIMIT_KB, limit=1)]


def resources(page: str) -> list[str]:
    """Addresses of everything that the page makes a browser load, each once."""
    found = ("".join(groups) for groups in LOADED.findall(page))
    return list(dict.fromkeys(url for url in found if url))


def content(url: str) -> bytes:
    """A static file's bytes. Raises AssertionError for an address outside the static files."""
    assert url.startswith(settings.STATIC_URL), f"Home loads {url}, which is no static file"
    path = finders.find(url.removeprefix(settings.STATIC_URL))
    assert path, f"Home loads {url}, which does not exist"
    return Path(str(path)).read_bytes()


def weight(body: bytes) -> float:
    """Kilobytes (1,000 bytes) after gzip."""
    return len(gzip.compress(body, 6)) / 1000
