"""What a public document costs, against the same view behind Django's `cache_page`, for 200 and for 304.

Processor time of the process that answers, through the WSGI application with the whole middleware stack and without a
network, so that other work on the machine changes little. The pair is measured in turns; the best of the rounds counts.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.ratio import Ratio

OURS, PEER = "/trace/public/skyflow/features/", "/bench/cached/skyflow/features/"
ROUNDS, TIMES = 7, 150
Answer = tuple[int, dict[str, str], bytes]


def run() -> list[Ratio]:
    """Measure the documents of the demo data."""
    from django.core.wsgi import get_wsgi_application
    from django.test.utils import override_settings

    with override_settings(ROOT_URLCONF="tests.benchmarks.public_urls", ALLOWED_HOSTS=["*"]):
        application = get_wsgi_application()
        etag = ask(application, OURS)[1]["ETag"]
        pairs = {"200": {}, "304": {"HTTP_IF_NONE_MATCH": etag}}
        return [ratio(status, measure(application, int(status), extra)) for status, extra in pairs.items()]


def ratio(status: str, figures: dict[str, float]) -> Ratio:
    """A line of the table."""
    return Ratio.against(
        f"public JSON, {status}",
        value=figures[OURS],
        unit="µs",
        peer="the same through cache_page",
        peer_value=figures[PEER],
        limit=0.8,
    )


def measure(application: Callable[..., Any], status: int, extra: dict[str, str]) -> dict[str, float]:
    """Microseconds of processor time of one request to each of the two addresses, the best of the rounds."""
    bodies = {path: ask(application, path, **extra) for path in (OURS, PEER, PEER)}
    assert {answer[0] for answer in bodies.values()} == {status}, bodies
    assert bodies[OURS][2] == bodies[PEER][2]
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        for path in (OURS, PEER):
            begin = time.process_time()
            for _ in range(TIMES):
                ask(application, path, **extra)
            spent = 1e6 * (time.process_time() - begin) / TIMES
            best[path] = min(best.get(path, spent), spent)
    return best


def ask(application: Callable[..., Any], path: str, **extra: str) -> Answer:
    """One GET as a WSGI server makes it: status, headers and body."""
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    response = application(environ | extra, lambda status, headers: told.extend((status, headers)))
    body = b"".join(response)
    response.close()
    return int(told[0].split()[0]), dict(told[1]), body
