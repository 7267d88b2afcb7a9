"""The peers of the public documents' benchmark: a bare WSGI application with the same answers, and Django's page cache.

`BENCH_ANSWERS` names a JSON file with headers and the file of the body by address and coding.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Headers = list[tuple[str, str]]


def read_answers() -> dict[str, tuple[Headers, Headers, list[bytes]]]:
    """By address and coding: headers of a 200, headers of a 304, and the body."""
    found: dict[str, Any] = json.loads(Path(os.environ["BENCH_ANSWERS"]).read_bytes())
    return {
        path: (
            [(name, value) for name, value in answer["200"]],
            [(name, value) for name, value in answer["304"]],
            [Path(answer["body"]).read_bytes()],
        )
        for path, answer in found.items()
    }


def make_bare() -> Callable[..., Iterable[bytes]]:
    """As little as a WSGI application can do to answer the same bytes."""
    answers = read_answers()

    def bare(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers, unchanged, body = answers[f"{environ['PATH_INFO']} {environ.get('HTTP_ACCEPT_ENCODING', '')}"]
        if "HTTP_IF_NONE_MATCH" in environ:
            start_response("304 Not Modified", unchanged)
            return []
        start_response("200 OK", headers)
        return body

    return bare


def make_cached() -> Callable[..., Iterable[bytes]]:
    """Django with the same endpoints behind `cache_page`, on the cache of the settings."""
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    settings.ROOT_URLCONF = "tests.benchmarks.public_urls"
    return get_wsgi_application()


def make_cached_in_memory() -> Callable[..., Iterable[bytes]]:
    """The same on the fastest cache that there is, this process's memory."""
    from django.conf import settings

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    return make_cached()
